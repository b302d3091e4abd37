#include "engine/runtime/machines/machine_cache.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/asl/compile.h"

namespace pawl::runtime {

MachinePtr MapChildMachine(const MachinePtr& machine, absl::string_view label) {
  const std::shared_ptr<const asl::DistributedMap> map = machine->machine->FindDistributed(label);
  if (map == nullptr) return nullptr;
  auto child = std::make_shared<CompiledMachine>();
  child->info = machine->info;
  child->info.name =
      absl::StrCat(child->info.name.substr(0, child->info.name.find('/')), "/", std::string(label));
  child->info.type = map->is_express ? "EXPRESS" : "STANDARD";
  child->machine = map->processor;
  return child;
}

absl::StatusOr<MachinePtr> MachineCache::Compile(persistence::MachineRevision revision) {
  const auto key = std::make_tuple(revision.ns, revision.name, revision.revision);
  {
    absl::MutexLock lock(&mutex_);
    const auto it = revisions_.find(key);
    if (it != revisions_.end()) {
      if (MachinePtr machine = it->second.lock()) return machine;
    }
  }
  std::vector<asl::Diagnostic> diagnostics;
  asl::CompileOptions options = compile_options_;
  options.type =
      revision.type == "EXPRESS" ? asl::MachineType::kExpress : asl::MachineType::kStandard;
  auto compiled = std::make_shared<CompiledMachine>();
  compiled->machine = asl::Compile(revision.definition, options, &diagnostics);
  if (compiled->machine == nullptr) {
    return absl::DataLossError(
        absl::StrCat("revision ", revision.revision, " of state machine ", revision.name,
                     " does not compile: ", diagnostics.empty() ? "" : diagnostics[0].message));
  }
  revision.definition.clear();
  compiled->info = std::move(revision);
  absl::MutexLock lock(&mutex_);
  revisions_[key] = compiled;
  return MachinePtr(std::move(compiled));
}

MachinePtr MachineCache::PeekCurrent(const std::string& ns, const std::string& name,
                                     absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto it = current_.find(Name(ns, name));
  if (it == current_.end() || now - it->second.read_at > kTrust) return nullptr;
  return it->second.machine;
}

absl::StatusOr<MachinePtr> MachineCache::GetCurrent(persistence::Store* store,
                                                    const std::string& ns, const std::string& name,
                                                    absl::Time now) {
  if (MachinePtr machine = PeekCurrent(ns, name, now)) return machine;
  absl::StatusOr<persistence::MachineRevision> revision = store->GetMachine(ns, name);
  if (!revision.ok()) return revision.status();
  absl::StatusOr<MachinePtr> machine = Compile(*std::move(revision));
  if (!machine.ok()) return machine.status();
  absl::MutexLock lock(&mutex_);
  current_[Name(ns, name)] = Current{*machine, now};
  return machine;
}

absl::StatusOr<MachinePtr> MachineCache::GetRevision(persistence::Store* store,
                                                     const std::string& ns, const std::string& name,
                                                     int64_t revision) {
  if (const size_t slash = name.find('/'); slash != std::string::npos) {
    absl::StatusOr<MachinePtr> whole = GetRevision(store, ns, name.substr(0, slash), revision);
    if (!whole.ok()) return whole.status();
    if (MachinePtr child = MapChildMachine(*whole, name.substr(slash + 1))) return child;
    return absl::DataLossError(absl::StrCat("revision ", revision, " of state machine ", name,
                                            " has no such Distributed Map"));
  }
  {
    absl::MutexLock lock(&mutex_);
    const auto it = revisions_.find(std::make_tuple(ns, name, revision));
    if (it != revisions_.end()) {
      if (MachinePtr machine = it->second.lock()) return machine;
    }
  }
  absl::StatusOr<persistence::MachineRevision> stored = store->GetRevision(ns, name, revision);
  if (!stored.ok()) return stored.status();
  return Compile(*std::move(stored));
}

void MachineCache::Forget(const std::string& ns, const std::string& name) {
  absl::MutexLock lock(&mutex_);
  current_.erase(Name(ns, name));
}

}  // namespace pawl::runtime
