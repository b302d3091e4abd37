// Listings in SQL that SQLite and PostgreSQL read alike, each bounded by an index.
//
// The order is newest start first, ties by ref descending. The indexes are
//   (ns, machine, status, start_time, slot, id)   and   (ns, status, start_time, slot, id),
// and the first of them with the version or the alias behind the machine, for executions that have one,
// so a listing of one status walks a stretch of one of them, and a listing of all merges a walk per
// status: a page costs at most eight pages, however large the table. A name prefix is looked up in
// the index (ns, machine, name, slot) where few executions have it, else it filters the walk by
// start.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

// A SELECT of kExecutionColumns in PostgreSQL's dialect; "@." stands for the schema, parameters are
// $1::int8, $2::text...
struct ListingQuery {
  struct Parameter {
    bool is_text = false;
    std::string text;
    int64_t number = 0;
  };
  std::string sql;
  std::vector<Parameter> parameters;
};

// The columns of every SELECT of executions, in the order in which they are read.
extern const char kExecutionColumns[];

// By start, without a prefix in the filter or with one that filters the `window` newest rows of
// what else the filter lets through.
ListingQuery ListByStart(const ListFilter& filter, const absl::optional<ListCursor>& after,
                         int limit, int window);
// By name: costs what has the prefix. Needs a namespace.
ListingQuery ListByName(const ListFilter& filter, const absl::optional<ListCursor>& after,
                        int limit);
// The number of executions that ListByName has to look at, counted up to `most`.
ListingQuery CountByName(const ListFilter& filter, int most);

// The least text after all that begin with `prefix`, by bytes; none where there is no such text.
absl::optional<std::string> PrefixEnd(absl::string_view prefix);

struct ListingRunner {
  std::function<absl::StatusOr<std::vector<ExecutionRow>>(const ListingQuery&)> rows;
  std::function<absl::StatusOr<int64_t>(const ListingQuery&)> count;
};
// Runs the one to three queries that answer a listing.
absl::StatusOr<std::vector<ExecutionRow>> ListInSteps(const ListFilter& filter,
                                                      const absl::optional<ListCursor>& after,
                                                      int limit, const ListingRunner& runner);

}  // namespace pawl::persistence
