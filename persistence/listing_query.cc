#include "persistence/listing_query.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {

const char kExecutionColumns[] =
    "slot, id, ns, machine, name, revision, version, alias, status, start_time, stop_time, "
    "wake_at, "
    "redrive_count, redrive_time";

namespace {

// Up to so many executions with a prefix are sorted for each page.
constexpr int kFewNames = 20'000;
// So many of the newest executions are searched for a prefix that many have.
constexpr int kWindow = 5'000;

constexpr char kNewestFirst[] = " ORDER BY start_time DESC, slot DESC, id DESC LIMIT ";

class Builder {
 public:
  // The types are for PostgreSQL, which cannot tell them everywhere. SQLite's store takes them off:
  // a CAST there keeps it from using all columns of a row comparison.
  std::string Text(const std::string& text) {
    query_.parameters.push_back({true, text, 0});
    return absl::StrCat("$", query_.parameters.size(), "::text");
  }
  std::string Number(int64_t number) {
    query_.parameters.push_back({false, "", number});
    return absl::StrCat("$", query_.parameters.size(), "::int8");
  }
  ListingQuery Finish(std::string sql) {
    query_.sql = std::move(sql);
    return std::move(query_);
  }

 private:
  ListingQuery query_;
};

using Conditions = std::vector<std::string>;

std::string Where(const Conditions& conditions) {
  return conditions.empty() ? "" : absl::StrCat(" WHERE ", absl::StrJoin(conditions, " AND "));
}

std::string Select(const Conditions& conditions) {
  return absl::StrCat("SELECT ", kExecutionColumns, " FROM @.executions", Where(conditions));
}

// One lower and one upper bound at most: SQLite seeks by one of each and filters by the others.
void AddStartBounds(const ListFilter& filter, const absl::optional<ListCursor>& after,
                    Builder* builder, Conditions* conditions) {
  if (filter.started_from != absl::InfinitePast()) {
    conditions->push_back("start_time >= " + builder->Number(ToMicros(filter.started_from)));
  }
  const int64_t before = ToMicros(filter.started_before);
  if (after.has_value() && ToMicros(after->start_time) < before) {
    const std::string start_time = builder->Number(ToMicros(after->start_time));
    const std::string slot = builder->Number(after->ref.slot.value());
    const std::string id = builder->Number(after->ref.id);
    conditions->push_back(
        absl::StrCat("(start_time, slot, id) < (", start_time, ", ", slot, ", ", id, ")"));
  } else if (filter.started_before != absl::InfiniteFuture()) {
    conditions->push_back("start_time < " + builder->Number(before));
  }
}

// The first half of each is what the partial index has, in its words.
void AddQualifier(const ListFilter& filter, Builder* builder, Conditions* conditions) {
  if (filter.version > 0) {
    conditions->push_back("version > 0 AND version = " + builder->Number(filter.version));
  }
  if (!filter.alias.empty()) {
    conditions->push_back("alias <> '' AND alias = " + builder->Text(filter.alias));
  }
}

std::string IsStatus(Status status) { return absl::StrCat("status = ", static_cast<int>(status)); }

// The character after `character`, both in UTF-8; none after the last one.
absl::optional<std::string> NextCharacter(const std::string& character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  const size_t length = character.size();
  uint32_t code = length == 1 ? byte(0) : byte(0) & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (byte(i) & 0x3Fu);
  ++code;
  if (code >= 0xD800 && code <= 0xDFFF) code = 0xE000;  // surrogates are no characters
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code > 0x10FFFF) return absl::nullopt;
  if (code < 0x80) return std::string{static_cast<char>(code)};
  if (code < 0x800) return std::string{static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return std::string{static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return std::string{static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

// A walk per status, and three over the few rows whose status cannot be read.
std::string EachStatus(const Conditions& conditions, const std::string& limit) {
  std::vector<std::string> walks;
  const auto add = [&](const std::string& status) {
    Conditions of_status = conditions;
    of_status.push_back(status);
    walks.push_back(absl::StrCat("SELECT * FROM (", Select(of_status), kNewestFirst, limit,
                                 ") AS walk", walks.size()));
  };
  for (const Status status : {Status::kRunning, Status::kSucceeded, Status::kFailed,
                              Status::kTimedOut, Status::kAborted}) {
    add(IsStatus(status));
  }
  add(absl::StrCat("status < ", static_cast<int>(Status::kRunning)));
  add(absl::StrCat("status > ", static_cast<int>(Status::kAborted)));
  add("status IS NULL");
  return absl::StrCat("SELECT * FROM (", absl::StrJoin(walks, " UNION ALL "), ") AS walks");
}

Conditions NameConditions(const ListFilter& filter, Builder* builder, const std::string& machine) {
  Conditions conditions = {"e.ns = " + builder->Text(filter.ns), "e.machine = " + machine,
                           "e.name >= " + builder->Text(filter.name_prefix)};
  if (const auto end = PrefixEnd(filter.name_prefix)) {
    conditions.push_back("e.name < " + builder->Text(*end));
  }
  return conditions;
}

// Two common table expressions: the machines of a namespace, found by one seek each, and from
// `named` the executions of each that have the prefix.
std::string NamedInAllMachines(const ListFilter& filter, Builder* builder,
                               const std::string& columns) {
  const std::string ns = builder->Text(filter.ns);
  const Conditions conditions = NameConditions(filter, builder, "machines.machine");
  return absl::StrCat(
      "machines(machine) AS (SELECT min(machine) FROM @.executions WHERE ns = ", ns,
      " UNION ALL SELECT (SELECT min(next.machine) FROM @.executions AS next WHERE next.ns = ", ns,
      " AND next.machine > machines.machine) FROM machines WHERE machines.machine IS NOT NULL), "
      "named AS MATERIALIZED (SELECT ",
      columns, " FROM machines CROSS JOIN @.executions AS e", Where(conditions));
}

std::string NamedInOneMachine(const ListFilter& filter, Builder* builder,
                              const std::string& columns) {
  const std::string machine = builder->Text(filter.machine);
  return absl::StrCat("named AS MATERIALIZED (SELECT ", columns, " FROM @.executions AS e",
                      Where(NameConditions(filter, builder, machine)));
}

// "WITH ... named AS MATERIALIZED (...", without the closing parenthesis. Materialized, so that the
// order of the page does not tempt the planner into a walk by start.
std::string WithNamed(const ListFilter& filter, Builder* builder, const std::string& columns) {
  return absl::StrCat("WITH RECURSIVE ", filter.machine.empty()
                                             ? NamedInAllMachines(filter, builder, columns)
                                             : NamedInOneMachine(filter, builder, columns));
}

}  // namespace

absl::optional<std::string> PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    // The last character: its first byte and what continues it.
    size_t at = end.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(end[at]) & 0xC0) == 0x80) --at;
    const std::string last = end.substr(at);
    end.resize(at);
    // UTF-8 sorts as its code points do.
    if (auto next = NextCharacter(last)) return end + *next;
  }
  return absl::nullopt;
}

ListingQuery ListByStart(const ListFilter& filter, const absl::optional<ListCursor>& after,
                         int limit, int window) {
  Builder builder;
  Conditions conditions;
  if (!filter.ns.empty()) conditions.push_back("ns = " + builder.Text(filter.ns));
  if (!filter.machine.empty()) conditions.push_back("machine = " + builder.Text(filter.machine));
  AddQualifier(filter, &builder, &conditions);
  AddStartBounds(filter, after, &builder, &conditions);
  const bool has_prefix = !filter.name_prefix.empty();
  const std::string rows = builder.Number(has_prefix ? window : limit);
  std::string sql;
  if (filter.status.has_value()) {
    conditions.push_back(IsStatus(*filter.status));
    sql = Select(conditions);
  } else if (!filter.ns.empty()) {
    sql = EachStatus(conditions, rows);
  } else {
    sql = Select(conditions);
  }
  absl::StrAppend(&sql, kNewestFirst, rows);
  if (has_prefix) {
    // Not LIKE: it ignores case in SQLite, and the prefix would have to be escaped.
    const std::string prefix = builder.Text(filter.name_prefix);
    sql = absl::StrCat("SELECT * FROM (", sql, ") AS newest WHERE substr(name, 1, length(", prefix,
                       ")) = ", prefix, kNewestFirst, builder.Number(limit));
  }
  return builder.Finish(std::move(sql));
}

ListingQuery ListByName(const ListFilter& filter, const absl::optional<ListCursor>& after,
                        int limit) {
  Builder builder;
  std::string sql = absl::StrCat(
      WithNamed(filter, &builder,
                absl::StrCat("e.", absl::StrReplaceAll(kExecutionColumns, {{", ", ", e."}}))),
      ") SELECT * FROM named");
  Conditions conditions;
  AddQualifier(filter, &builder, &conditions);
  AddStartBounds(filter, after, &builder, &conditions);
  if (filter.status.has_value()) conditions.push_back(IsStatus(*filter.status));
  absl::StrAppend(&sql, Where(conditions), kNewestFirst, builder.Number(limit));
  return builder.Finish(std::move(sql));
}

ListingQuery CountByName(const ListFilter& filter, int most) {
  Builder builder;
  std::string sql = WithNamed(filter, &builder, "1");
  absl::StrAppend(&sql, " LIMIT ", builder.Number(most), ") SELECT count(*) FROM named");
  return builder.Finish(std::move(sql));
}

absl::StatusOr<std::vector<ExecutionRow>> ListInSteps(const ListFilter& filter,
                                                      const absl::optional<ListCursor>& after,
                                                      int limit, const ListingRunner& runner) {
  for (const std::string* text :
       {&filter.ns, &filter.machine, &filter.alias, &filter.name_prefix}) {
    if (!IsStorableText(*text)) return std::vector<ExecutionRow>();
  }
  if (filter.name_prefix.empty()) return runner.rows(ListByStart(filter, after, limit, limit));
  if (filter.ns.empty()) {
    return runner.rows(ListByStart(filter, after, limit, std::numeric_limits<int>::max()));
  }
  const auto named = runner.count(CountByName(filter, kFewNames));
  if (!named.ok()) return named.status();
  if (*named < kFewNames) {
    return runner.rows(ListByName(filter, after, limit));
  }
  auto newest = runner.rows(ListByStart(filter, after, limit, std::max(kWindow, limit)));
  if (!newest.ok() || newest->size() == static_cast<size_t>(limit)) return newest;
  return runner.rows(ListByName(filter, after, limit));
}

}  // namespace pawl::persistence
