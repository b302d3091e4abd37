#include "persistence/sqlite/writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/sqlite/schema.h"

namespace pawl::persistence {
namespace {

constexpr int64_t kPageBytes = 8192;
constexpr absl::Duration kLongestBackoff = absl::Seconds(5);

bool IsIoError(int rc) { return (rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CORRUPT; }

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Open(const std::string& path,
                                                     const SqliteOptions& options) {
  auto db = Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!db.ok()) return db.status();
  std::unique_ptr<Writer> writer(new Writer(path, *std::move(db), options));
  absl::MutexLock lock(&writer->mutex_);
  // What a killed engine left in the log goes into the file at once: frames that a failed fsync
  // left in the page cache only would otherwise stand before those of later commits.
  if (absl::Status status = writer->Prepare(SQLITE_CHECKPOINT_TRUNCATE); !status.ok()) {
    return status;
  }
  return writer;
}

absl::Status Writer::Prepare(int checkpoint_mode) {
  wal_bytes_ = 0;
  last_wal_bytes_ = 0;
  next_checkpoint_bytes_ = options_.checkpoint_bytes;
  absl::Status status = db_->Run(absl::StrCat("PRAGMA page_size = ", kPageBytes));
  if (!status.ok()) return status;
  const auto mode = db_->QueryText("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  if (*mode != "wal") {
    return absl::UnavailableError(absl::StrCat("sqlite: the file system of ", path_,
                                               " does not support WAL (journal_mode stays ", *mode,
                                               "); use a local disk"));
  }
  sqlite3_wal_hook(db_->handle(), &Writer::OnWal, this);  // replaces wal_autocheckpoint
  status = db_->Run(
      "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = OFF; PRAGMA mmap_size = 0;"
      "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
  if (!status.ok()) return status;
  const int rc =
      sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, checkpoint_mode, nullptr, nullptr);
  // An outsider's reader may hold the log; then it is copied later.
  if (rc == SQLITE_OK || (rc & 0xFF) == SQLITE_BUSY) return absl::OkStatus();
  return SqliteError(rc, db_->handle(), "copying the log into the file");
}

void Writer::Break(absl::Status why) {
  broken_ = std::move(why);
  const absl::Duration wait =
      failures_ == 0
          ? absl::ZeroDuration()
          : std::min(options_.reopen_backoff * (1 << std::min(failures_ - 1, 10)), kLongestBackoff);
  ++failures_;
  next_attempt_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
}

absl::Status Writer::Mend() {
  if (broken_.ok()) return absl::OkStatus();
  if (std::chrono::steady_clock::now() < next_attempt_) return broken_;
  absl::Status status = Reopen();
  if (!status.ok()) {
    Break(status);
    return status;
  }
  broken_ = absl::OkStatus();
  return absl::OkStatus();
}

absl::Status Writer::Reopen() {
  // Not SQLITE_OPEN_CREATE: a file that was taken away is not to be replaced by an empty one.
  auto db = Database::Open(path_, SQLITE_OPEN_READWRITE);
  if (!db.ok()) return db.status();
  // The new connection reads before the old one is closed, so that the index of the log lives on:
  // it knows nothing of the frames whose commit failed, and the next commit overwrites them. A
  // recovery from the log itself could take them for committed although the disk has never got
  // them.
  if (const auto read = (*db)->QueryText("PRAGMA schema_version"); !read.ok()) {
    return read.status();
  }
  std::swap(db_, *db);
  db->reset();
  if (absl::Status status = Prepare(SQLITE_CHECKPOINT_PASSIVE); !status.ok()) return status;
  return CheckSqliteSchema(*db_);
}

Writer::~Writer() {
  absl::MutexLock lock(&mutex_);
  if (broken_.ok()) {
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
  if (absl::Status status = Mend(); !status.ok()) {
    return {End::Kind::kRolledBack, std::move(status), 0};
  }
  if (const int rc = db_->RunForCode("BEGIN IMMEDIATE"); rc != SQLITE_OK) {
    absl::Status status = SqliteError(rc, db_->handle(), "beginning a transaction");
    if (db_->is_suspect()) Break(status);
    return {End::Kind::kRolledBack, std::move(status), 1};
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
  if (absl::IsUnavailable(why) || absl::IsDataLoss(why)) Break(why);
  if (sqlite3_get_autocommit(db_->handle()) == 0) {
    const int rc = db_->RunForCode("ROLLBACK");
    if (rc != SQLITE_OK && broken_.ok()) Break(SqliteError(rc, db_->handle(), "rolling back"));
  }
  return {End::Kind::kRolledBack, std::move(why), statements + 1};
}

Writer::End Writer::Commit(int statements) {
  const int rc = db_->RunForCode("COMMIT");
  if (rc == SQLITE_OK) {
    failures_ = 0;
    CheckpointIfLarge();
    return {End::Kind::kCommitted, absl::OkStatus(), statements + 1};
  }
  absl::Status status = SqliteError(rc, db_->handle(), "committing");
  // A full disk is met before the commit frame is complete, so a rollback that succeeds is proof.
  // Anything else, a failed fsync above all, says nothing of what is on the disk.
  if ((rc & 0xFF) == SQLITE_FULL) {
    End end = RollBack(std::move(status), statements + 1);
    if (broken_.ok()) return end;
    status = std::move(end.status);
  }
  Break(status);
  return {End::Kind::kUnknown, std::move(status), statements + 1};
}

absl::Status Writer::Write(const std::function<absl::Status(Database&)>& body) {
  const End end = Transact([&](Database& db, int*) { return body(db); });
  // The caller reads back what became of it.
  return end.kind == End::Kind::kUnknown ? absl::UnavailableError(end.status.message())
                                         : end.status;
}

absl::Status Writer::Migrate(int initial_ranges) {
  absl::MutexLock lock(&mutex_);
  return MigrateSqlite(*db_, initial_ranges);
}

bool Writer::is_broken() {
  absl::MutexLock lock(&mutex_);
  return !broken_.ok();
}

void Writer::CheckpointIfLarge() {
  if (wal_bytes_ < last_wal_bytes_)
    next_checkpoint_bytes_ = options_.checkpoint_bytes;  // it started over
  last_wal_bytes_ = wal_bytes_;
  if (wal_bytes_ < next_checkpoint_bytes_) return;
  const int rc = sqlite3_wal_checkpoint_v2(db_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                           nullptr, nullptr);
  // The commit itself is safe in the log.
  if (IsIoError(rc)) Break(SqliteError(rc, db_->handle(), "copying the log into the file"));
  // A reader keeps the WAL from starting over; then wait for some growth before the next attempt.
  next_checkpoint_bytes_ = wal_bytes_ + options_.checkpoint_bytes / 4;
}

}  // namespace pawl::persistence
