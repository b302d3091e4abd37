#include "engine/expr/jsonata/case_map.h"

#include <algorithm>
#include <iterator>

#include "engine/expr/jsonata/case_tables.h"

namespace pawl::expr::jsonata {
namespace {

template <typename Table>
uint32_t Map(const Table& table, uint32_t c) {
  const auto* range = std::lower_bound(std::begin(table), std::end(table), c,
                                       [](const CaseRange& r, uint32_t x) { return r.last < x; });
  if (range == std::end(table) || c < range->first || (c - range->first) % range->stride != 0) {
    return c;
  }
  return static_cast<uint32_t>(static_cast<int32_t>(c) + range->delta);
}

}  // namespace

uint32_t UpperCase(uint32_t code_point) { return Map(kUpper, code_point); }
uint32_t LowerCase(uint32_t code_point) { return Map(kLower, code_point); }

}  // namespace pawl::expr::jsonata
