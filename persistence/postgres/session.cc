#include "persistence/postgres/session.h"

#include <pqxx/connection>
#include <pqxx/errorhandler>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/pipeline>
#include <pqxx/prepared_statement>

#include <exception>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "persistence/postgres/sql_state.h"

namespace pawl::persistence {
namespace {

// A link that is silently cut must be noticed within the lease (10 s by default), not after TCP's
// quarter of an hour.
constexpr const char* kConnectDefaults[][2] = {
    {"application_name", "pawl"},           {"connect_timeout", "5"},
    {"tcp_user_timeout", "8000"},           {"keepalives_idle", "3"},
    {"keepalives_interval", "2"},           {"keepalives_count", "3"},
    {"target_session_attrs", "read-write"},
};

std::string WithDefaults(const std::string& url) {
  const bool is_url =
      absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://");
  std::string result = url;
  bool has_query = absl::StrContains(url, "?");
  for (const auto& [key, value] : kConnectDefaults) {
    if (absl::StrContains(url, absl::StrCat(key, "="))) continue;
    if (is_url) {
      absl::StrAppend(&result, has_query ? "&" : "?", key, "=", value);
      has_query = true;
    } else {
      absl::StrAppend(&result, " ", key, "=", value);
    }
  }
  return result;
}

// No sequential scan is ever the right plan for our keyed statements, and one chosen while a table
// was small would stay.
constexpr char kSettings[] =
    "SET client_min_messages = warning; SET standard_conforming_strings = on; "
    "SET bytea_output = hex; SET enable_seqscan = off; "
    "SET default_transaction_isolation = 'read committed'; ";
constexpr char kCommitSettings[] =
    "SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; "
    "SET enable_mergejoin = off";
// Pages are walked in the order of an index. On a table without statistics, which a restored or a
// new one is, the planner would rather gather all that is left for each page and sort it.
constexpr char kReadSettings[] =
    "SET plan_cache_mode = force_custom_plan; SET enable_bitmapscan = off";

std::string LimitSettings(const Session::Limits& limits) {
  const auto set = [](absl::string_view name, absl::Duration limit) {
    return absl::StrCat("SET ", name, " = ", absl::ToInt64Milliseconds(limit), "; ");
  };
  return absl::StrCat(set("statement_timeout", limits.statement), set("lock_timeout", limits.lock),
                      set("idle_in_transaction_session_timeout", limits.idle));
}

// The server's words for 53300, for which libpq has no code before a connection stands: a hint
// only, since they may come in another language.
absl::string_view ConnectHint(absl::string_view message) {
  if (absl::StrContains(message, "too many clients") ||
      absl::StrContains(message, "remaining connection slots")) {
    return "; raise max_connections of the database server, or end other clients";
  }
  return "";
}

std::string FirstLine(const char* what) {
  const std::vector<absl::string_view> lines = absl::StrSplit(what, absl::MaxSplits('\n', 1));
  return std::string(lines[0].substr(0, 300));
}

// libpqxx 6.4 forgets the SQLSTATE of the errors that it has a class for.
std::string StateOf(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::undefined_table*>(&error) != nullptr) return "42P01";
  if (dynamic_cast<const pqxx::undefined_column*>(&error) != nullptr) return "42703";
  if (dynamic_cast<const pqxx::disk_full*>(&error) != nullptr) return "53100";
  if (dynamic_cast<const pqxx::out_of_memory*>(&error) != nullptr) return "53200";
  if (dynamic_cast<const pqxx::unique_violation*>(&error) != nullptr) return "23505";
  if (dynamic_cast<const pqxx::integrity_constraint_violation*>(&error) != nullptr) return "23000";
  return "XX000";
}

class NoticeCounter final : public pqxx::errorhandler {
 public:
  explicit NoticeCounter(pqxx::connection_base& connection) : errorhandler(connection) {}
  bool operator()(const char* /*message*/) noexcept override {
    ++count_;
    return false;
  }
  int count() const { return count_; }

 private:
  int count_ = 0;
};

}  // namespace

absl::Status SqlFailure::ToStatus() const { return SqlStatus(state, message); }

struct SqlRows::Impl {
  pqxx::result result;
};

SqlRows::SqlRows() : impl_(std::make_unique<Impl>()) {}
SqlRows::~SqlRows() = default;
SqlRows::SqlRows(SqlRows&&) noexcept = default;
SqlRows& SqlRows::operator=(SqlRows&&) noexcept = default;

int SqlRows::size() const { return static_cast<int>(impl_->result.size()); }

int64_t SqlRows::affected() const { return static_cast<int64_t>(impl_->result.affected_rows()); }

bool SqlRows::IsNull(int row, int column) const { return impl_->result[row][column].is_null(); }

absl::optional<int64_t> SqlRows::OptionalInt(int row, int column) const {
  if (IsNull(row, column)) return absl::nullopt;
  return Int(row, column);
}

absl::optional<std::string> SqlRows::OptionalText(int row, int column) const {
  if (IsNull(row, column)) return absl::nullopt;
  return Text(row, column);
}

absl::optional<std::string> SqlRows::OptionalBytes(int row, int column) const {
  if (IsNull(row, column)) return absl::nullopt;
  return Bytes(row, column);
}

int64_t SqlRows::Int(int row, int column) const {
  int64_t value = 0;
  // Our own columns of integer types: what cannot be read is a NULL that the caller did not ask
  // about.
  return absl::SimpleAtoi(impl_->result[row][column].c_str(), &value) ? value : 0;
}

std::string SqlRows::Text(int row, int column) const {
  const pqxx::field field = impl_->result[row][column];
  return std::string(field.c_str(), field.size());
}

std::string SqlRows::Bytes(int row, int column) const {
  const pqxx::field field = impl_->result[row][column];
  const absl::string_view text(field.c_str(), field.size());
  if (text.size() < 2) return "";                 // NULL
  return absl::HexStringToBytes(text.substr(2));  // after "\x": bytea_output is hex
}

struct Session::Impl {
  explicit Impl(const std::string& url) : connection(url), notices(connection) {}

  pqxx::connection connection;
  NoticeCounter notices;
  absl::flat_hash_map<std::string, std::string> prepared;  // SQL to name
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

absl::StatusOr<std::unique_ptr<Session>> Session::Connect(const std::string& url, Purpose purpose,
                                                          const Limits& limits) {
  std::unique_ptr<Session> session;
  try {
    session.reset(new Session(std::make_unique<Impl>(WithDefaults(url))));
#include <pqxx/internal/ignore-deprecated-pre.hxx>
    // By default libpqxx reconnects and goes on, which in the middle of a transaction would run the
    // rest of it without its fence.
    session->impl_->connection.inhibit_reactivation(true);
#include <pqxx/internal/ignore-deprecated-post.hxx>
    session->impl_->connection.set_verbosity(pqxx::connection_base::terse);
  } catch (const std::exception& e) {
    // libpq quotes an address that it cannot parse, password and all.
    const std::string what = FirstLine(
        absl::StrReplaceAll(e.what(), {{WithDefaults(url), "<address>"}, {url, "<address>"}})
            .c_str());
    return absl::UnavailableError(
        absl::StrCat("connecting to postgres: ", what, ConnectHint(e.what())));
  }
  const std::string settings =
      absl::StrCat(kSettings, LimitSettings(limits),
                   purpose == Purpose::kCommit ? kCommitSettings : kReadSettings);
  if (const auto failure = session->Run(settings)) return failure->ToStatus();
  return session;
}

template <typename Body>
absl::optional<SqlFailure> Session::Catch(const Body& body) {
  SqlFailure failure;
  const auto note = [&](const char* state, const std::exception& e) {
    failure.state = state;
    failure.message = FirstLine(e.what());
  };
  // libpqxx keeps the SQLSTATE in sql_error alone; its other classes stand for one state each. An
  // empty state would be taken for a lost connection.
  try {
    body();
    return absl::nullopt;
  } catch (const pqxx::sql_error& e) {
    note(StateOf(e).c_str(), e);
  } catch (const pqxx::statement_completion_unknown& e) {
    note("40003", e);
  } catch (const pqxx::serialization_failure& e) {
    note("40001", e);
  } catch (const pqxx::deadlock_detected& e) {
    note("40P01", e);
  } catch (const pqxx::transaction_rollback& e) {
    note("40000", e);
  } catch (const pqxx::too_many_connections& e) {
    note("53300", e);
  } catch (const pqxx::broken_connection& e) {
    note("08006", e);
  } catch (const std::exception& e) {
    note("XX000", e);
  }
  failure.is_connection_lost = !is_open();
  return failure;
}

absl::optional<SqlFailure> Session::Run(const std::string& sql, SqlRows* rows) {
  return Catch([&] {
    pqxx::nontransaction transaction(impl_->connection);
    pqxx::result result = transaction.exec(sql);
    if (rows != nullptr) rows->impl_->result = std::move(result);
  });
}

absl::optional<SqlFailure> Session::RunTogether(const std::vector<std::string>& statements,
                                                std::vector<SqlRows>* rows) {
  rows->clear();
  return Catch([&] {
    pqxx::nontransaction transaction(impl_->connection);
    pqxx::pipeline pipeline(transaction);
    pipeline.retain(static_cast<int>(statements.size()) + 1);
    for (const std::string& statement : statements) pipeline.insert(statement);
    pipeline.complete();
    for (size_t i = 0; i < statements.size(); ++i) {
      pqxx::result result = pipeline.retrieve().second;  // throws where the statement has failed
      rows->emplace_back();
      rows->back().impl_->result = std::move(result);
    }
  });
}

absl::optional<SqlFailure> Session::RunPrepared(const std::string& sql,
                                                const std::vector<std::string>& parameters,
                                                SqlRows* rows) {
  return Catch([&] {
    std::string& name = impl_->prepared[sql];
    if (name.empty()) {
      name = absl::StrCat("pawl_", impl_->prepared.size());
      impl_->connection.prepare(name, sql);
    }
    std::vector<pqxx::binarystring> values;
    values.reserve(parameters.size());
    for (const std::string& parameter : parameters) values.emplace_back(parameter);
    pqxx::nontransaction transaction(impl_->connection);
    pqxx::result result =
        transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
    if (rows != nullptr) rows->impl_->result = std::move(result);
  });
}

bool Session::is_open() const { return impl_->connection.is_open(); }

int Session::notices() const { return impl_->notices.count(); }

std::string Session::address() const {
  const char* host = impl_->connection.hostname();
  const char* database = impl_->connection.dbname();
  return absl::StrCat(host == nullptr ? "" : host, "/", database == nullptr ? "" : database);
}

}  // namespace pawl::persistence
