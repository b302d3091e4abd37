// State machines and settings of the SQLite store.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

std::string SelectRevisions(absl::string_view definition, absl::string_view rest) {
  return absl::StrCat("SELECT r.ns, r.name, r.revision, ", definition,
                      ", r.role_arn, r.type, r.create_time, r.revision_time "
                      "FROM machine_revisions r ",
                      rest);
}

// DataLoss where the row cannot be read.
absl::StatusOr<MachineRevision> RevisionFrom(Statement& row) {
  for (int column = 0; column < 8; ++column) {
    const bool is_number = column == 2 || column >= 6;
    const auto text = is_number ? absl::nullopt : row.OptionalText(column);
    const bool is_right =
        is_number ? row.OptionalInt(column).has_value() : text.has_value() && IsStorableText(*text);
    if (!is_right) {
      return absl::DataLossError(absl::StrCat("revision ", row.Int(2), " of state machine ",
                                              RepairedText(row.Text(1)),
                                              " cannot be read from pawl.db; restore a backup"));
    }
  }
  MachineRevision revision;
  revision.ns = row.Text(0);
  revision.name = row.Text(1);
  revision.revision = row.Int(2);
  revision.definition = row.Text(3);
  revision.role_arn = row.Text(4);
  revision.type = row.Text(5);
  revision.create_time = FromMicros(row.Int(6));
  revision.revision_time = FromMicros(row.Int(7));
  return revision;
}

absl::Status NoMachine(absl::string_view ns, absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no state machine ", name, " in namespace ", ns));
}

// Makes `revision` the latest of its machine; Aborted unless it is the next one.
absl::Status AdvanceMachine(Database& db, const MachineRevision& revision) {
  // A live machine keeps its creation time; a first or recreated one takes the given one.
  auto upsert = db.Prepare(
      revision.revision == 1
          ? "INSERT INTO machines (ns, name, latest_revision, is_deleted, create_time) "
            "VALUES (?1, ?2, ?3, 0, ?4) ON CONFLICT (ns, name) DO NOTHING"
          : "UPDATE machines SET latest_revision = ?3, "
            "create_time = CASE WHEN is_deleted THEN ?4 ELSE create_time END, is_deleted = 0 "
            "WHERE ns = ?1 AND name = ?2 AND latest_revision = ?3 - 1");
  if (!upsert.ok()) return upsert.status();
  upsert->BindText(revision.ns).BindText(revision.name).Bind(revision.revision);
  upsert->Bind(ToMicros(revision.create_time));
  if (const int rc = upsert->Step(); rc != SQLITE_DONE) {
    return SqliteError(rc, upsert->db(), "writing a state machine");
  }
  if (sqlite3_changes(upsert->db()) == 1) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("state machine ", revision.name, ": revision ",
                                         revision.revision, " is not the next one"));
}

absl::Status InsertRevision(Database& db, const MachineRevision& revision) {
  auto insert = db.Prepare(
      "INSERT INTO machine_revisions (ns, name, revision, definition, role_arn, type, create_time, "
      "revision_time) SELECT ns, name, latest_revision, ?, ?, ?, create_time, ? FROM machines "
      "WHERE ns = ? AND name = ?");
  if (!insert.ok()) return insert.status();
  insert->BindText(revision.definition).BindText(revision.role_arn).BindText(revision.type);
  insert->Bind(ToMicros(revision.revision_time)).BindText(revision.ns).BindText(revision.name);
  if (const int rc = insert->Step(); rc != SQLITE_DONE) {
    return SqliteError(rc, insert->db(), "writing a revision");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SqliteStore::AddRevision(const MachineRevision& revision) {
  if (absl::Status status = CheckRevision(revision); !status.ok()) return status;
  return writer_->Write([&](Database& db) -> absl::Status {
    if (absl::Status status = AdvanceMachine(db, revision); !status.ok()) return status;
    return InsertRevision(db, revision);
  });
}

absl::StatusOr<std::vector<MachineRevision>> SqliteStore::ReadRevisions(
    const std::string& sql, const std::function<void(Statement&)>& bind) {
  std::vector<MachineRevision> revisions;
  const auto on_row = [&](Statement& row) -> absl::StatusOr<bool> {
    absl::StatusOr<MachineRevision> revision = RevisionFrom(row);
    if (!revision.ok()) return revision.status();
    revisions.push_back(*std::move(revision));
    return true;
  };
  absl::Status status = Read(options_.call_limit, sql, bind, on_row);
  if (!status.ok()) return status;
  return revisions;
}

absl::StatusOr<MachineRevision> SqliteStore::GetMachine(const std::string& ns,
                                                        const std::string& name) {
  auto found = ReadRevisions(SelectRevisions("r.definition",
                                             "JOIN machines m ON m.ns = r.ns AND m.name = r.name "
                                             "AND m.latest_revision = r.revision "
                                             "WHERE m.ns = ? AND m.name = ? AND NOT m.is_deleted"),
                             [&](Statement& select) { select.BindText(ns).BindText(name); });
  if (!found.ok()) return found.status();
  if (found->empty()) return NoMachine(ns, name);
  return std::move(found->front());
}

absl::StatusOr<MachineRevision> SqliteStore::GetRevision(const std::string& ns,
                                                         const std::string& name,
                                                         int64_t revision) {
  auto found = ReadRevisions(
      SelectRevisions("r.definition", "WHERE r.ns = ? AND r.name = ? AND r.revision = ?"),
      [&](Statement& select) { select.BindText(ns).BindText(name).Bind(revision); });
  if (!found.ok()) return found.status();
  if (found->empty()) {
    return absl::NotFoundError(absl::StrCat("state machine ", name, " has no revision ", revision));
  }
  return std::move(found->front());
}

absl::StatusOr<int64_t> SqliteStore::LatestRevision(const std::string& ns,
                                                    const std::string& name) {
  int64_t latest = 0;
  absl::Status status = Read(
      options_.call_limit, "SELECT latest_revision FROM machines WHERE ns = ? AND name = ?",
      [&](Statement& select) { select.BindText(ns).BindText(name); },
      [&](Statement& row) {
        latest = row.Int(0);
        return true;
      });
  if (!status.ok()) return status;
  return latest;
}

absl::StatusOr<std::vector<MachineRevision>> SqliteStore::ListMachines(const std::string& ns,
                                                                       const std::string& after,
                                                                       int limit) {
  return ReadRevisions(
      SelectRevisions("''",
                      "JOIN machines m ON m.ns = r.ns AND m.name = r.name "
                      "AND m.latest_revision = r.revision "
                      "WHERE m.ns = ? AND m.name > ? AND NOT m.is_deleted "
                      "ORDER BY m.name LIMIT ?"),
      [&](Statement& select) { select.BindText(ns).BindText(after).Bind(int64_t{limit}); });
}

absl::Status SqliteStore::DeleteMachine(const std::string& ns, const std::string& name) {
  return writer_->Write([&](Database& db) -> absl::Status {
    auto update = db.Prepare(
        "UPDATE machines SET is_deleted = 1 WHERE ns = ? AND name = ? AND NOT is_deleted");
    if (!update.ok()) return update.status();
    update->BindText(ns).BindText(name);
    if (const int rc = update->Step(); rc != SQLITE_DONE) {
      return SqliteError(rc, update->db(), "deleting a state machine");
    }
    return sqlite3_changes(update->db()) == 1 ? absl::OkStatus() : NoMachine(ns, name);
  });
}

absl::StatusOr<std::string> SqliteStore::GetOrCreateSetting(const std::string& name,
                                                            const std::string& initial) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  std::string value;
  absl::Status status = writer_->Write([&](Database& db) -> absl::Status {
    auto insert = db.Prepare(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
    if (!insert.ok()) return insert.status();
    if (const int rc = insert->BindText(name).BindBytes(initial).Step(); rc != SQLITE_DONE) {
      return SqliteError(rc, insert->db(), "writing a setting");
    }
    auto select = db.Prepare("SELECT value FROM settings WHERE name = ?");
    if (!select.ok()) return select.status();
    if (const int rc = select->BindText(name).Step(); rc != SQLITE_ROW) {
      return SqliteError(rc, select->db(), "reading a setting");
    }
    value = select->Bytes(0);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return value;
}

}  // namespace pawl::persistence
