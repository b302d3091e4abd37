// Regular expressions of filters. Matching takes time linear in the text (RE2), whatever the
// pattern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::expr::jsonpath {

// Immutable, thread-safe.
class Regex {
 public:
  // `flags` are Java's letters i, m, s and u. InvalidArgument where RE2 cannot take the pattern
  // (look-around, back references).
  static absl::StatusOr<std::shared_ptr<const Regex>> Compile(absl::string_view pattern,
                                                              absl::string_view flags);
  virtual ~Regex() = default;

  // Whether the pattern matches the whole of `text`.
  virtual bool FullMatch(absl::string_view text) const = 0;
  // What that costs, see meter.h.
  virtual uint64_t StepsFor(size_t bytes) const = 0;
};

}  // namespace pawl::expr::jsonpath
