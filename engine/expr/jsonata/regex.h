// Regular expressions of expressions. Matching takes time linear in the text (RE2), whatever the
// pattern; in return there is no look-around and no back reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::expr::jsonata {

// Immutable, thread-safe.
class Regex {
 public:
  struct Match {
    size_t start = 0;  // in bytes
    size_t end = 0;
    // Parts of the text, see FindGroups. nullopt: took no part in the match.
    std::vector<absl::optional<absl::string_view>> groups;
  };

  // `flags` are JavaScript's letters i and m. Raises S0303 where RE2 cannot take the pattern.
  static std::shared_ptr<const Regex> Compile(absl::string_view pattern, absl::string_view flags);
  virtual ~Regex() = default;

  // The first match that starts at or after byte `from`.
  virtual absl::optional<Match> Find(absl::string_view text, size_t from) const = 0;
  // Fills in the groups of a match that Find has found.
  virtual void FindGroups(absl::string_view text, Match* match) const = 0;

  // What looking for a match in so many bytes costs, see meter.h, and the groups of a match of so
  // many.
  virtual uint64_t StepsFor(size_t bytes) const = 0;
  virtual uint64_t GroupStepsFor(size_t bytes) const = 0;
  // Whether no match is longer than the pattern, so that Find looks at little behind it.
  virtual bool is_local() const = 0;
};

}  // namespace pawl::expr::jsonata
