#include "persistence/sqlite/database.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::persistence {

namespace {

constexpr int kProgressSteps = 20'000;  // of SQLite's machine between looks at the clock

absl::string_view PathOf(sqlite3* db) {
  const char* path = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  return path == nullptr || *path == '\0' ? "the database file" : path;
}

bool NamesAMissingTable(sqlite3* db) {
  const absl::string_view message = db == nullptr ? "" : sqlite3_errmsg(db);
  // SQLite has no code of its own for these.
  return absl::StartsWith(message, "no such table") || absl::StartsWith(message, "no such column");
}

}  // namespace

absl::Status SqliteError(int rc, sqlite3* db, absl::string_view attempted) {
  const std::string message =
      absl::StrCat("sqlite: ", attempted, ": ", sqlite3_errstr(rc), " (code ", rc, ", errno ",
                   db == nullptr ? 0 : sqlite3_system_errno(db), ")");
  const absl::string_view path = PathOf(db);
  switch (rc & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          absl::StrCat(message, "; ", path, " is damaged: stop the engine and restore a backup"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          absl::StrCat(message, "; free space on the file system of ", path));
    case SQLITE_IOERR:
      return absl::UnavailableError(absl::StrCat(
          message, "; the disk or file system of ", path,
          " fails: look at the kernel's log and repair it; the engine goes on by itself"));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::UnavailableError(absl::StrCat(
          message, "; the engine's user must be able to write to ", path,
          " and its folder: repair the rights or the mount; the engine goes on by itself"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(
          absl::StrCat(message, "; another program holds ", path, ": end it"));
    case SQLITE_NOMEM:
      return absl::UnavailableError(message);
    case SQLITE_INTERRUPT:
      return absl::DeadlineExceededError(
          absl::StrCat(message, "; the read took too long: narrow the request"));
    case SQLITE_CONSTRAINT:
      return absl::AbortedError(message);
    case SQLITE_ERROR:
      if (NamesAMissingTable(db)) {
        return absl::DataLossError(absl::StrCat(message, "; a table or column is missing in ", path,
                                                ": stop the engine and restore a backup"));
      }
      return absl::InternalError(message);
    default:
      return absl::InternalError(message);
  }
}

Statement& Statement::Bind(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::Bind(absl::optional<int64_t> value) {
  if (value.has_value()) return Bind(*value);
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Statement& Statement::BindText(absl::string_view value) {
  // A null pointer would bind NULL, which an empty string_view may hold.
  sqlite3_bind_text64(statement_, ++bound_, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBytes(absl::string_view value) {
  sqlite3_bind_blob64(statement_, ++bound_, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_STATIC);
  return *this;
}

int Statement::Step() { return sqlite3_step(statement_); }

void Statement::Reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  bound_ = 0;
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

absl::optional<int64_t> Statement::OptionalInt(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER) return absl::nullopt;
  return Int(column);
}

absl::optional<std::string> Statement::OptionalText(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_TEXT) return absl::nullopt;
  return Text(column);
}

absl::optional<std::string> Statement::OptionalBytes(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) return absl::nullopt;
  return Bytes(column);
}

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return "";
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string Statement::Bytes(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return "";
  return std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (rc != SQLITE_OK) return SqliteError(rc, handle, absl::StrCat("opening ", path));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);  // an outsider's sqlite3 shell may hold the file for a moment
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

int Database::RunForCode(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
}

absl::Status Database::Run(absl::string_view sql) {
  const std::string text(sql);
  const int rc = RunForCode(text.c_str());
  if (rc == SQLITE_OK) return absl::OkStatus();
  return SqliteError(rc, db_, absl::StrCat("\"", sql.substr(0, 60), "\""));
}

absl::StatusOr<Statement> Database::Prepare(const std::string& sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int rc = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (rc != SQLITE_OK) return SqliteError(rc, db_, absl::StrCat("preparing \"", sql, "\""));
  }
  return Statement(statement);
}

int Database::OnProgress(void* self) {
  return std::chrono::steady_clock::now() > static_cast<Database*>(self)->stops_at_ ? 1 : 0;
}

void Database::LimitTime(absl::Duration limit) {
  stops_at_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(limit);
  sqlite3_progress_handler(db_, kProgressSteps, &Database::OnProgress, this);
}

bool Database::is_suspect() const {
  switch (sqlite3_errcode(db_) & 0xFF) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_FULL:
      return true;
    default:
      return false;
  }
}

absl::StatusOr<std::string> Database::QueryText(const std::string& sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const int rc = statement->Step();
  if (rc != SQLITE_ROW) return SqliteError(rc, db_, absl::StrCat("\"", sql, "\""));
  return statement->Text(0);
}

}  // namespace pawl::persistence
