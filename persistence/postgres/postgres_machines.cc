// State machines and settings.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/documents.h"
#include "persistence/machine_sql.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/document_statements.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

MachineRevision RevisionFrom(const SqlRows& rows, int row) {
  MachineColumns columns;
  columns.ns = rows.OptionalText(row, 0);
  columns.name = rows.OptionalText(row, 1);
  columns.revision = rows.OptionalInt(row, 2);
  columns.role_arn = rows.OptionalText(row, 3);
  columns.type = rows.OptionalText(row, 4);
  columns.create_time = rows.OptionalInt(row, 5);
  columns.revision_time = rows.OptionalInt(row, 6);
  columns.definition = rows.OptionalText(row, 7);
  columns.settings = rows.OptionalBytes(row, 8);
  return MachineFromColumns(std::move(columns));
}

bool AreStorable(const std::string& ns, const std::string& name) {
  return IsStorableText(ns) && IsStorableText(name);
}

// A live machine keeps its creation time; a first or recreated one takes the given one.
constexpr char kFirstRevision[] =
    "INSERT INTO @.machines (ns, name, latest_revision, is_deleted, create_time) "
    "VALUES ($1::text, $2::text, $3::int8, false, $4::int8) ON CONFLICT (ns, name) DO NOTHING";
constexpr char kNextRevision[] =
    "UPDATE @.machines SET latest_revision = $3::int8, is_deleted = false, "
    "create_time = CASE WHEN is_deleted THEN $4::int8 ELSE create_time END "
    "WHERE ns = $1::text AND name = $2::text AND latest_revision = $3::int8 - 1";
constexpr char kInsertRevision[] =
    "INSERT INTO @.machine_revisions (ns, name, revision, definition, role_arn, type, create_time, "
    "revision_time, settings) SELECT ns, name, latest_revision, $3::text, $4::text, $5::text, "
    "create_time, $6::int8, $7::bytea FROM @.machines WHERE ns = $1::text AND name = $2::text";

}  // namespace

absl::Status PostgresStore::AddRevision(const MachineRevision& revision,
                                        const absl::optional<Document>& with) {
  absl::Status status = CheckRevision(revision);
  if (status.ok() && with.has_value()) status = CheckDocument(*with);
  if (!status.ok()) return status;
  return calls_.Use(/*is_repeatable=*/false, [&](Session& session) -> absl::Status {
    if (const auto failure = session.Run("BEGIN")) return failure->ToStatus();
    SqlRows rows;
    auto failure = session.RunPrepared(
        Qualified(revision.revision == 1 ? kFirstRevision : kNextRevision),
        {BinaryText(revision.ns), BinaryText(revision.name), BinaryInt(revision.revision),
         BinaryInt(ToMicros(revision.create_time))},
        &rows);
    if (!failure.has_value() && rows.affected() != 1) {
      session.Run("ROLLBACK");
      return absl::AbortedError(absl::StrCat("state machine ", revision.name, ": revision ",
                                             revision.revision, " is not the next one"));
    }
    if (!failure.has_value()) {
      failure = session.RunPrepared(
          Qualified(kInsertRevision),
          {BinaryText(revision.ns), BinaryText(revision.name), BinaryText(revision.definition),
           BinaryText(revision.role_arn), BinaryText(revision.type),
           BinaryInt(ToMicros(revision.revision_time)), revision.settings});
    }
    if (!failure.has_value() && with.has_value()) {
      failure =
          session.RunPrepared(Qualified(PutDocumentSql(*with)), DocumentParameters(*with), &rows);
      if (!failure.has_value() && rows.affected() != 1) {
        session.Run("ROLLBACK");
        return LostRace(*with);
      }
    }
    if (!failure.has_value()) failure = session.Run("COMMIT");
    if (!failure.has_value()) return absl::OkStatus();
    session.Run("ROLLBACK");
    return failure->ToStatus();
  });
}

absl::StatusOr<std::vector<MachineRevision>> PostgresStore::ReadRevisions(
    absl::string_view sql, const std::vector<std::string>& parameters) {
  std::vector<MachineRevision> revisions;
  absl::Status status = Read(calls_, sql, parameters, [&](const SqlRows& rows, int row) {
    revisions.push_back(RevisionFrom(rows, row));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return revisions;
}

absl::StatusOr<MachineRevision> PostgresStore::GetMachine(const std::string& ns,
                                                          const std::string& name) {
  if (!AreStorable(ns, name)) return NoMachine(ns, name);
  auto found =
      ReadRevisions(SelectCurrent("@.", "r.definition", "m.ns = $1::text AND m.name = $2::text"),
                    {BinaryText(ns), BinaryText(name)});
  if (!found.ok()) return found.status();
  if (found->empty()) return NoMachine(ns, name);
  return Undamaged(std::move(found->front()), "postgres");
}

absl::StatusOr<MachineRevision> PostgresStore::GetRevision(const std::string& ns,
                                                           const std::string& name,
                                                           int64_t revision) {
  if (!AreStorable(ns, name)) return NoMachine(ns, name);
  auto found = ReadRevisions(
      SelectRevision("@.", "r.ns = $1::text AND r.name = $2::text AND r.revision = $3::int8"),
      {BinaryText(ns), BinaryText(name), BinaryInt(revision)});
  if (!found.ok()) return found.status();
  if (found->empty()) {
    return absl::NotFoundError(absl::StrCat("state machine ", name, " has no revision ", revision));
  }
  return Undamaged(std::move(found->front()), "postgres");
}

absl::StatusOr<int64_t> PostgresStore::LatestRevision(const std::string& ns,
                                                      const std::string& name) {
  if (!AreStorable(ns, name)) return int64_t{0};
  int64_t latest = 0;
  absl::Status status =
      Read(calls_, "SELECT latest_revision FROM @.machines WHERE ns = $1::text AND name = $2::text",
           {BinaryText(ns), BinaryText(name)}, [&](const SqlRows& rows, int row) {
             latest = rows.Int(row, 0);
             return absl::OkStatus();
           });
  if (!status.ok()) return status;
  return latest;
}

absl::StatusOr<std::vector<MachineRevision>> PostgresStore::ListMachines(const std::string& ns,
                                                                         const std::string& after,
                                                                         int limit) {
  if (!AreStorable(ns, after)) return std::vector<MachineRevision>();
  return ReadRevisions(
      SelectCurrent("@.", "''::text",
                    "m.ns = $1::text AND m.name > $2::text ORDER BY m.name LIMIT $3::int8"),
      {BinaryText(ns), BinaryText(after), BinaryInt(limit)});
}

absl::Status PostgresStore::DeleteMachine(const std::string& ns, const std::string& name) {
  if (!AreStorable(ns, name)) return NoMachine(ns, name);
  // The document goes with it in the one statement that a call may send by itself.
  return Write(calls_,
               "WITH gone AS (DELETE FROM @.documents WHERE ns = $1::text AND name = $2::text "
               "AND kind = 'machine') UPDATE @.machines SET is_deleted = true "
               "WHERE ns = $1::text AND name = $2::text AND NOT is_deleted",
               {BinaryText(ns), BinaryText(name)}, [&](const SqlRows& rows) {
                 return rows.affected() == 1 ? absl::OkStatus() : NoMachine(ns, name);
               });
}

absl::StatusOr<std::string> PostgresStore::GetOrCreateSetting(const std::string& name,
                                                              const std::string& initial) {
  absl::Status status =
      Write(calls_,
            "INSERT INTO @.settings (name, value) VALUES ($1::text, $2::bytea) "
            "ON CONFLICT (name) DO NOTHING",
            {BinaryText(name), initial}, [](const SqlRows&) { return absl::OkStatus(); });
  if (!status.ok()) return status;
  std::string value;
  status = Read(calls_, "SELECT value FROM @.settings WHERE name = $1::text", {BinaryText(name)},
                [&](const SqlRows& rows, int row) {
                  value = rows.Bytes(row, 0);
                  return absl::OkStatus();
                });
  if (!status.ok()) return status;
  return value;
}

}  // namespace pawl::persistence
