// State machines and settings of the memory store.
#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/machine_sql.h"
#include "persistence/memory/memory_store.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
absl::Status MemoryStore::AddRevision(const MachineRevision& revision,
                                      const absl::optional<Document>& with) {
  absl::Status status = CheckRevision(revision);
  if (status.ok() && with.has_value()) status = CheckDocument(*with);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  const std::pair<std::string, std::string> key{revision.ns, revision.name};
  const auto found = machines_.find(key);
  const size_t latest = found == machines_.end() ? 0 : found->second.revisions.size();
  if (revision.revision != static_cast<int64_t>(latest) + 1) {
    return absl::AbortedError(absl::StrCat("state machine ", revision.name, ": revision ",
                                           revision.revision, " is not next after ", latest));
  }
  if (with.has_value()) {
    if (status = PutDocumentLocked(*with); !status.ok()) return status;
  }
  Machine& machine = machines_[key];
  MachineRevision stored = revision;
  const bool is_update = latest > 0 && !machine.is_deleted;
  stored.create_time =
      is_update ? machine.revisions.back().create_time : FromMicros(ToMicros(revision.create_time));
  stored.revision_time = FromMicros(ToMicros(revision.revision_time));
  machine.revisions.push_back(std::move(stored));
  machine.is_deleted = false;
  return absl::OkStatus();
}

absl::StatusOr<MachineRevision> MemoryStore::GetMachine(const std::string& ns,
                                                        const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = machines_.find({ns, name});
  if (it == machines_.end() || it->second.is_deleted) return NoMachine(ns, name);
  return it->second.revisions.back();
}

absl::StatusOr<MachineRevision> MemoryStore::GetRevision(const std::string& ns,
                                                         const std::string& name,
                                                         int64_t revision) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = machines_.find({ns, name});
  if (it == machines_.end()) return NoMachine(ns, name);
  const std::vector<MachineRevision>& revisions = it->second.revisions;
  if (revision < 1 || revision > static_cast<int64_t>(revisions.size())) {
    return absl::NotFoundError(absl::StrCat("state machine ", name, " has no revision ", revision));
  }
  return revisions[static_cast<size_t>(revision - 1)];
}

absl::StatusOr<int64_t> MemoryStore::LatestRevision(const std::string& ns,
                                                    const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = machines_.find({ns, name});
  return it == machines_.end() ? int64_t{0} : static_cast<int64_t>(it->second.revisions.size());
}

absl::StatusOr<std::vector<MachineRevision>> MemoryStore::ListMachines(const std::string& ns,
                                                                       const std::string& after,
                                                                       int limit) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<MachineRevision> result;
  for (auto it = machines_.upper_bound({ns, after});
       it != machines_.end() && it->first.first == ns && result.size() < static_cast<size_t>(limit);
       ++it) {
    if (it->second.is_deleted) continue;
    result.push_back(it->second.revisions.back());
    result.back().definition.clear();
  }
  return result;
}

absl::Status MemoryStore::DeleteMachine(const std::string& ns, const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto it = machines_.find({ns, name});
  if (it == machines_.end() || it->second.is_deleted) return NoMachine(ns, name);
  it->second.is_deleted = true;
  documents_.erase({ns, kMachineDocument, name});
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryStore::GetOrCreateSetting(const std::string& name,
                                                            const std::string& initial) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  return settings_.emplace(name, initial).first->second;
}

}  // namespace pawl::persistence
