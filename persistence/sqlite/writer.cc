#include "persistence/sqlite/writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/sqlite/schema.h"

namespace pawl::persistence {
namespace {

constexpr int64_t kPageBytes = 8192;

bool IsIoError(int rc) { return (rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CORRUPT; }

absl::Status Broken() {
  return absl::UnavailableError(
      "sqlite: an earlier write to the disk has failed; the engine must be restarted, so that the "
      "file is recovered");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Open(const std::string& path,
                                                     const SqliteOptions& options) {
  auto db = Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!db.ok()) return db.status();
  std::unique_ptr<Writer> writer(new Writer(*std::move(db), options));
  if (absl::Status status = writer->Prepare(options); !status.ok()) return status;
  return writer;
}

absl::Status Writer::Prepare(const SqliteOptions& options) {
  absl::MutexLock lock(&mutex_);
  next_checkpoint_bytes_ = options.checkpoint_bytes;
  absl::Status status = db_->Run(absl::StrCat("PRAGMA page_size = ", kPageBytes));
  if (!status.ok()) return status;
  const auto mode = db_->QueryText("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  if (*mode != "wal") {
    return absl::UnavailableError(absl::StrCat(
        "sqlite: the file system of the data folder does not support WAL (journal_mode "
        "stays ",
        *mode, "); use a local disk"));
  }
  sqlite3_wal_hook(db_->handle(), &Writer::OnWal, this);  // replaces wal_autocheckpoint
  return db_->Run(
      "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = OFF; PRAGMA mmap_size = 0;"
      "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
}

Writer::~Writer() {
  absl::MutexLock lock(&mutex_);
  if (!is_broken_) {
    sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }
  db_.reset();
}

int Writer::OnWal(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
  static_cast<Writer*>(self)->wal_bytes_ = int64_t{pages} * kPageBytes;
  return SQLITE_OK;
}

Writer::End Writer::Transact(const std::function<absl::Status(Database&, int* statements)>& body) {
  absl::MutexLock lock(&mutex_);
  if (is_broken_) return {End::Kind::kRolledBack, Broken(), 0};
  if (const int rc = db_->RunForCode("BEGIN IMMEDIATE"); rc != SQLITE_OK) {
    if (IsIoError(rc)) is_broken_ = true;
    return {End::Kind::kRolledBack, SqliteError(rc, db_->handle(), "beginning a transaction"), 1};
  }
  int statements = 1;
  if (absl::Status status = body(*db_, &statements); !status.ok()) {
    return RollBack(std::move(status), statements);
  }
  return Commit(statements);
}

Writer::End Writer::RollBack(absl::Status why, int statements) {
  // Whatever the rollback itself says, no COMMIT was run: the WAL has no commit frame of this
  // transaction. But a connection that met an I/O error is not trusted with the next one.
  if (absl::IsUnavailable(why) || absl::IsDataLoss(why)) is_broken_ = true;
  if (sqlite3_get_autocommit(db_->handle()) == 0 && db_->RunForCode("ROLLBACK") != SQLITE_OK) {
    is_broken_ = true;
  }
  return {End::Kind::kRolledBack, std::move(why), statements + 1};
}

Writer::End Writer::Commit(int statements) {
  const int rc = db_->RunForCode("COMMIT");
  if (rc == SQLITE_OK) {
    CheckpointIfLarge();
    return {End::Kind::kCommitted, absl::OkStatus(), statements + 1};
  }
  absl::Status status = SqliteError(rc, db_->handle(), "committing");
  // A full disk is met before the commit frame is complete, so a rollback that succeeds is proof.
  // Anything else, a failed fsync above all, says nothing of what is on the disk.
  if ((rc & 0xFF) == SQLITE_FULL) {
    End end = RollBack(std::move(status), statements + 1);
    if (!is_broken_) return end;
    status = std::move(end.status);
  }
  is_broken_ = true;
  return {End::Kind::kUnknown, std::move(status), statements + 1};
}

absl::Status Writer::Write(const std::function<absl::Status(Database&)>& body) {
  const End end = Transact([&](Database& db, int*) { return body(db); });
  return end.kind == End::Kind::kUnknown ? Broken() : end.status;
}

absl::Status Writer::Migrate(int initial_ranges) {
  absl::MutexLock lock(&mutex_);
  return MigrateSqlite(*db_, initial_ranges);
}

bool Writer::is_broken() {
  absl::MutexLock lock(&mutex_);
  return is_broken_;
}

void Writer::CheckpointIfLarge() {
  if (wal_bytes_ < last_wal_bytes_) next_checkpoint_bytes_ = checkpoint_bytes_;  // it started over
  last_wal_bytes_ = wal_bytes_;
  if (wal_bytes_ < next_checkpoint_bytes_) return;
  const int rc = sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                           nullptr, nullptr);
  if (IsIoError(rc)) is_broken_ = true;
  // A reader keeps the WAL from starting over; then wait for some growth before the next attempt.
  next_checkpoint_bytes_ = wal_bytes_ + checkpoint_bytes_ / 4;
}

}  // namespace pawl::persistence
