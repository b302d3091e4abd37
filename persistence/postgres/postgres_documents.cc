// Documents of the PostgreSQL store.
#include <utility>

#include "persistence/documents.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/document_statements.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr char kInsert[] =
    "INSERT INTO @.documents (ns, kind, name, revision, record) "
    "VALUES ($1::text, $2::text, $3::text, $4::int8, $5::bytea) "
    "ON CONFLICT (ns, kind, name) DO NOTHING";
constexpr char kUpdate[] =
    "UPDATE @.documents SET revision = $4::int8, record = $5::bytea WHERE ns = $1::text "
    "AND kind = $2::text AND name = $3::text AND revision = $4::int8 - 1";
constexpr char kDelete[] =
    "DELETE FROM @.documents WHERE ns = $1::text AND kind = $2::text AND name = $3::text "
    "AND revision = $4::int8";

Document DocumentFrom(const SqlRows& rows, int row, const std::string& ns,
                      const std::string& kind) {
  return {ns, kind, rows.OptionalText(row, 0).value_or(""), rows.OptionalInt(row, 1).value_or(0),
          rows.OptionalBytes(row, 2).value_or("")};
}

}  // namespace

absl::string_view PutDocumentSql(const Document& document) {
  return document.revision == 1 ? kInsert : kUpdate;
}

std::vector<std::string> DocumentParameters(const Document& document) {
  return {BinaryText(document.ns), BinaryText(document.kind), BinaryText(document.name),
          BinaryInt(document.revision), document.record};
}

absl::StatusOr<Document> PostgresStore::GetDocument(const std::string& ns, const std::string& kind,
                                                    const std::string& name) {
  if (!IsStorableText(ns) || !IsStorableText(name)) return NoDocument(kind, RepairedText(name));
  absl::optional<Document> found;
  absl::Status status =
      Read(calls_,
           "SELECT name, revision, record FROM @.documents "
           "WHERE ns = $1::text AND kind = $2::text AND name = $3::text",
           {BinaryText(ns), BinaryText(kind), BinaryText(name)}, [&](const SqlRows& rows, int row) {
             found = DocumentFrom(rows, row, ns, kind);
             return absl::OkStatus();
           });
  if (!status.ok()) return status;
  if (!found.has_value()) return NoDocument(kind, name);
  return *std::move(found);
}

absl::Status PostgresStore::PutDocument(const Document& document) {
  if (absl::Status status = CheckDocument(document); !status.ok()) return status;
  return Write(calls_, PutDocumentSql(document), DocumentParameters(document),
               [&](const SqlRows& rows) {
                 return rows.affected() == 1 ? absl::OkStatus() : LostRace(document);
               });
}

absl::Status PostgresStore::DeleteDocument(const std::string& ns, const std::string& kind,
                                           const std::string& name, int64_t revision) {
  const Document document{ns, kind, name, revision, ""};
  if (!IsStorableText(ns) || !IsStorableText(name)) return LostRace(document);
  return Write(calls_, kDelete,
               {BinaryText(ns), BinaryText(kind), BinaryText(name), BinaryInt(revision)},
               [&](const SqlRows& rows) {
                 return rows.affected() == 1 ? absl::OkStatus() : LostRace(document);
               });
}

absl::StatusOr<std::vector<Document>> PostgresStore::ListDocuments(const std::string& ns,
                                                                   const std::string& kind,
                                                                   const std::string& after,
                                                                   int limit) {
  std::vector<Document> documents;
  if (!IsStorableText(ns) || !IsStorableText(after)) return documents;
  absl::Status status =
      Read(calls_,
           "SELECT name, revision, record FROM @.documents WHERE ns = $1::text "
           "AND kind = $2::text AND name > $3::text ORDER BY name LIMIT $4::int8",
           {BinaryText(ns), BinaryText(kind), BinaryText(after), BinaryInt(limit)},
           [&](const SqlRows& rows, int row) {
             documents.push_back(DocumentFrom(rows, row, ns, kind));
             return absl::OkStatus();
           });
  if (!status.ok()) return status;
  return documents;
}

}  // namespace pawl::persistence
