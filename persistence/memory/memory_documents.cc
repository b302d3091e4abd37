// Documents of the memory store.
#include "persistence/documents.h"
#include "persistence/memory/memory_store.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {

absl::StatusOr<Document> MemoryStore::GetDocument(const std::string& ns, const std::string& kind,
                                                  const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  const auto it = documents_.find({ns, kind, name});
  if (it == documents_.end()) return NoDocument(kind, name);
  return it->second;
}

absl::Status MemoryStore::PutDocument(const Document& document) {
  if (absl::Status status = CheckDocument(document); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  return PutDocumentLocked(document);
}

absl::Status MemoryStore::PutDocumentLocked(const Document& document) {
  const DocumentKey key{document.ns, document.kind, document.name};
  const auto it = documents_.find(key);
  const int64_t stored = it == documents_.end() ? 0 : it->second.revision;
  if (document.revision != stored + 1) return LostRace(document);
  documents_.insert_or_assign(key, document);
  return absl::OkStatus();
}

absl::Status MemoryStore::DeleteDocument(const std::string& ns, const std::string& kind,
                                         const std::string& name, int64_t revision) {
  absl::MutexLock lock(&mutex_);
  const auto it = documents_.find({ns, kind, name});
  if (it == documents_.end() || it->second.revision != revision) {
    return LostRace({ns, kind, name, revision, ""});
  }
  documents_.erase(it);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Document>> MemoryStore::ListDocuments(const std::string& ns,
                                                                 const std::string& kind,
                                                                 const std::string& after,
                                                                 int limit) {
  absl::MutexLock lock(&mutex_);
  ++stats_.reads;
  std::vector<Document> result;
  for (auto it = documents_.upper_bound({ns, kind, after});
       it != documents_.end() && it->second.ns == ns && it->second.kind == kind &&
       result.size() < static_cast<size_t>(limit);
       ++it) {
    result.push_back(it->second);
  }
  return result;
}

}  // namespace pawl::persistence
