// State machines and settings of the SQLite store.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/machine_sql.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

MachineRevision RevisionFrom(Statement& row) {
  MachineColumns columns;
  columns.ns = row.OptionalText(0);
  columns.name = row.OptionalText(1);
  columns.revision = row.OptionalInt(2);
  columns.role_arn = row.OptionalText(3);
  columns.type = row.OptionalText(4);
  columns.create_time = row.OptionalInt(5);
  columns.revision_time = row.OptionalInt(6);
  columns.definition = row.OptionalText(7);
  columns.settings = row.OptionalBytes(8);
  return MachineFromColumns(std::move(columns));
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
      "INSERT INTO machine_revisions (ns, name, revision, definition, role_arn, type, settings, "
      "create_time, revision_time) "
      "SELECT ns, name, latest_revision, ?, ?, ?, ?, create_time, ? FROM machines "
      "WHERE ns = ? AND name = ?");
  if (!insert.ok()) return insert.status();
  insert->BindText(revision.definition).BindText(revision.role_arn).BindText(revision.type);
  insert->BindBytes(revision.settings);
  insert->Bind(ToMicros(revision.revision_time)).BindText(revision.ns).BindText(revision.name);
  if (const int rc = insert->Step(); rc != SQLITE_DONE) {
    return SqliteError(rc, insert->db(), "writing a revision");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SqliteStore::AddRevision(const MachineRevision& revision,
                                      const absl::optional<Document>& with) {
  absl::Status status = CheckRevision(revision);
  if (status.ok() && with.has_value()) status = CheckDocument(*with);
  if (!status.ok()) return status;
  return writer_->Write([&](Database& db) -> absl::Status {
    absl::Status written = AdvanceMachine(db, revision);
    if (written.ok()) written = InsertRevision(db, revision);
    if (!written.ok()) return written;
    return with.has_value() ? WriteDocument(db, *with) : absl::OkStatus();
  });
}

absl::StatusOr<absl::optional<MachineRevision>> SqliteStore::ReadRevision(
    const std::string& sql, const std::function<void(Statement&)>& bind) {
  absl::optional<MachineRevision> found;
  absl::Status status = Read(options_.call_limit, sql, bind, [&](Statement& row) {
    found = RevisionFrom(row);
    return false;
  });
  if (!status.ok()) return status;
  if (!found.has_value()) return found;
  return Undamaged(*std::move(found), "pawl.db");
}

absl::StatusOr<MachineRevision> SqliteStore::GetMachine(const std::string& ns,
                                                        const std::string& name) {
  auto found = ReadRevision(SelectCurrent("", "r.definition", "m.ns = ? AND m.name = ?"),
                            [&](Statement& select) { select.BindText(ns).BindText(name); });
  if (!found.ok()) return found.status();
  if (!found->has_value()) return NoMachine(ns, name);
  return **std::move(found);
}

absl::StatusOr<MachineRevision> SqliteStore::GetRevision(const std::string& ns,
                                                         const std::string& name,
                                                         int64_t revision) {
  auto found =
      ReadRevision(SelectRevision("", "r.ns = ? AND r.name = ? AND r.revision = ?"),
                   [&](Statement& select) { select.BindText(ns).BindText(name).Bind(revision); });
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    return absl::NotFoundError(absl::StrCat("state machine ", name, " has no revision ", revision));
  }
  return **std::move(found);
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
  std::vector<MachineRevision> machines;
  absl::Status status = Read(
      options_.call_limit, SelectCurrent("", "''", "m.ns = ? AND m.name > ? ORDER BY m.name"),
      [&](Statement& select) { select.BindText(ns).BindText(after); },
      [&](Statement& row) {
        const auto name = row.OptionalText(1);
        if (name.has_value() && IsStorableText(*name)) machines.push_back(RevisionFrom(row));
        return machines.size() < static_cast<size_t>(limit);
      });
  if (!status.ok()) return status;
  return machines;
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
    if (sqlite3_changes(update->db()) != 1) return NoMachine(ns, name);
    auto remove = db.Prepare("DELETE FROM documents WHERE ns = ? AND kind = ? AND name = ?");
    if (!remove.ok()) return remove.status();
    remove->BindText(ns).BindText(kMachineDocument).BindText(name);
    const int rc = remove->Step();
    return rc == SQLITE_DONE ? absl::OkStatus()
                             : SqliteError(rc, remove->db(), "deleting a state machine");
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
