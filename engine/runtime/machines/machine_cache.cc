#include "engine/runtime/machines/machine_cache.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/asl/compile.h"
#include "engine/aws/error.h"

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
  child->log = machine->log;
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
  absl::StatusOr<std::shared_ptr<const LogRule>> log = LogRuleOf(revision.settings);
  if (!log.ok()) return log.status();
  compiled->log = *std::move(log);
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

absl::StatusOr<std::shared_ptr<const MachineRecord>> MachineCache::GetRecord(
    persistence::Store* store, const aws::MachineId& id, absl::Time now) {
  const Name name(id.ns, id.name);
  {
    absl::MutexLock lock(&mutex_);
    const auto it = published_.find(name);
    if (it != published_.end() && now - it->second.read_at <= kTrust) return it->second.record;
  }
  auto record = std::make_shared<MachineRecord>();
  auto document = store->GetDocument(id.ns, persistence::kMachineDocument, id.name);
  if (document.ok()) {
    absl::StatusOr<MachineRecord> decoded = DecodeMachineRecord(document->record);
    if (!decoded.ok()) return decoded.status();
    *record = *std::move(decoded);
  } else if (!absl::IsNotFound(document.status())) {
    return document.status();
  }
  absl::MutexLock lock(&mutex_);
  published_[name] = Published{record, now, {}};
  return std::shared_ptr<const MachineRecord>(std::move(record));
}

absl::StatusOr<MachinePtr> MachineCache::GetVersion(persistence::Store* store,
                                                    const aws::MachineId& id,
                                                    const Version& version) {
  const Name name(id.ns, id.name);
  {
    absl::MutexLock lock(&mutex_);
    const auto it = published_.find(name);
    if (it != published_.end()) {
      const auto machine = it->second.machines.find(version.number);
      if (machine != it->second.machines.end()) return machine->second;
    }
  }
  absl::StatusOr<MachinePtr> machine = GetRevision(store, id.ns, id.name, version.revision);
  if (!machine.ok()) return machine;
  absl::MutexLock lock(&mutex_);
  const auto it = published_.find(name);
  if (it != published_.end()) it->second.machines.emplace(version.number, *machine);
  return machine;
}

absl::StatusOr<MachineTarget> MachineCache::Find(persistence::Store* store,
                                                 const aws::MachineId& id, double draw,
                                                 absl::Time now) {
  const auto missing = [&](absl::string_view what) {
    return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                          absl::StrCat("State Machine ", what, "Does Not Exist: '",
                                       aws::ArnOf({region_, id.ns}, id), "'"));
  };
  if (!id.is_qualified()) {
    absl::StatusOr<MachinePtr> current = GetCurrent(store, id.ns, id.name, now);
    if (absl::IsNotFound(current.status())) return missing("");
    if (!current.ok()) return current.status();
    return MachineTarget{*std::move(current)};
  }
  auto record = GetRecord(store, id, now);
  if (!record.ok()) return record.status();
  MachineTarget target;
  target.version = id.version;
  target.alias = id.alias;
  if (!id.alias.empty()) {
    const Alias* alias = (*record)->FindAlias(id.alias);
    if (alias == nullptr) return missing("Alias ");
    target.version = DrawVersion(*alias, draw);
  }
  const Version* version = (*record)->FindVersion(target.version);
  if (version == nullptr) return missing("Version ");
  absl::StatusOr<MachinePtr> machine = GetVersion(store, id, *version);
  if (!machine.ok()) return machine.status();
  target.machine = *std::move(machine);
  return target;
}

void MachineCache::Forget(const std::string& ns, const std::string& name) {
  absl::MutexLock lock(&mutex_);
  published_.erase(Name(ns, name));
  current_.erase(Name(ns, name));
}

}  // namespace pawl::runtime
