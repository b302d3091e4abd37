// Documents of the SQLite store.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/documents.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

// Runs a statement that has to change exactly one row.
absl::Status ChangeOne(Statement& statement, const Document& document) {
  if (const int rc = statement.Step(); rc != SQLITE_DONE) {
    return SqliteError(rc, statement.db(), "writing a document");
  }
  return sqlite3_changes(statement.db()) == 1 ? absl::OkStatus() : LostRace(document);
}

Document DocumentFrom(Statement& row, const std::string& ns, const std::string& kind) {
  return {ns, kind, row.OptionalText(0).value_or(""), row.OptionalInt(1).value_or(0),
          row.OptionalBytes(2).value_or("")};
}

}  // namespace

absl::StatusOr<Document> SqliteStore::GetDocument(const std::string& ns, const std::string& kind,
                                                  const std::string& name) {
  absl::optional<Document> found;
  absl::Status status = Read(
      options_.call_limit,
      "SELECT name, revision, record FROM documents WHERE ns = ? AND kind = ? AND name = ?",
      [&](Statement& select) { select.BindText(ns).BindText(kind).BindText(name); },
      [&](Statement& row) {
        found = DocumentFrom(row, ns, kind);
        return false;
      });
  if (!status.ok()) return status;
  if (!found.has_value()) return NoDocument(kind, name);
  return *std::move(found);
}

absl::Status SqliteStore::PutDocument(const Document& document) {
  if (absl::Status status = CheckDocument(document); !status.ok()) return status;
  return writer_->Write([&](Database& db) { return WriteDocument(db, document); });
}

absl::Status SqliteStore::WriteDocument(Database& db, const Document& document) {
  auto put = db.Prepare(document.revision == 1
                            ? "INSERT INTO documents (ns, kind, name, revision, record) VALUES "
                              "(?1, ?2, ?3, ?4, ?5) "
                              "ON CONFLICT (ns, kind, name) DO NOTHING"
                            : "UPDATE documents SET revision = ?4, record = ?5 "
                              "WHERE ns = ?1 AND kind = ?2 AND name = ?3 AND revision = ?4 - 1");
  if (!put.ok()) return put.status();
  put->BindText(document.ns).BindText(document.kind).BindText(document.name);
  put->Bind(document.revision).BindBytes(document.record);
  return ChangeOne(*put, document);
}

absl::Status SqliteStore::DeleteDocument(const std::string& ns, const std::string& kind,
                                         const std::string& name, int64_t revision) {
  return writer_->Write([&](Database& db) -> absl::Status {
    auto remove =
        db.Prepare("DELETE FROM documents WHERE ns = ? AND kind = ? AND name = ? AND revision = ?");
    if (!remove.ok()) return remove.status();
    remove->BindText(ns).BindText(kind).BindText(name).Bind(revision);
    return ChangeOne(*remove, {ns, kind, name, revision, ""});
  });
}

absl::StatusOr<std::vector<Document>> SqliteStore::ListDocuments(const std::string& ns,
                                                                 const std::string& kind,
                                                                 const std::string& after,
                                                                 int limit) {
  std::vector<Document> documents;
  absl::Status status = Read(
      options_.call_limit,
      "SELECT name, revision, record FROM documents "
      "WHERE ns = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?",
      [&](Statement& select) {
        select.BindText(ns).BindText(kind).BindText(after).Bind(int64_t{limit});
      },
      [&](Statement& row) {
        documents.push_back(DocumentFrom(row, ns, kind));
        return true;
      });
  if (!status.ok()) return status;
  return documents;
}

}  // namespace pawl::persistence
