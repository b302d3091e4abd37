// The WHERE, ORDER BY and LIMIT of a listing, in SQL that SQLite and PostgreSQL read alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

struct ListingQuery {
  struct Parameter {
    bool is_text = false;
    std::string text;
    int64_t number = 0;
  };
  std::string clauses;  // begins with a space; its parameters are $1, $2... in order
  std::vector<Parameter> parameters;
};

// Newest start first, ties by ref descending: the order of the indexes (ns, machine, start_time,
// slot, id) and (ns, start_time, slot, id), so a page costs what it returns, plus what the name
// prefix and the status let through unseen.
ListingQuery BuildListingQuery(const ListFilter& filter, const absl::optional<ListCursor>& after,
                               int limit);

}  // namespace pawl::persistence
