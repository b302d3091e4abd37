// RFC 3339 timestamps of Wait and Choice: upper-case "T", upper-case "Z" or a numeric offset, any
// number of fraction digits; compared as instants.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::expr {

// nullopt if `text` is not such a timestamp (month 13, hour 25, no zone, lower-case letters...).
absl::optional<absl::Time> ParseTimestamp(absl::string_view text);

// "2024-05-01T10:00:00.123Z": UTC, milliseconds, as the context object shows times.
std::string FormatTimestamp(absl::Time time);

}  // namespace pawl::expr
