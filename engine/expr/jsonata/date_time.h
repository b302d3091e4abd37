// Instants as text and back, after a picture (date_picture.h) or as ISO 8601.
//
// Instants are milliseconds since 1970 in UTC, as doubles, in the range of JavaScript's Date.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/optional.h"

namespace pawl::expr::jsonata {

inline constexpr double kMaxMillis = 8.64e15;

// `picture` and `zone` ("+0530") may be nullopt: ISO 8601, UTC. Raises D3131 to D3135.
std::string FormatDate(double millis, absl::optional<absl::string_view> picture,
                       absl::optional<absl::string_view> zone);

// nullopt where `text` does not fit `picture`. What the picture leaves out on the left comes from
// `now`. Raises D3131 to D3136.
absl::optional<double> ParseDate(absl::string_view text, absl::string_view picture, double now);

// nullopt where `text` is no ISO 8601 timestamp ("2018-02-03", "2018-02-03T11:15:33.5+01:00").
absl::optional<double> ParseIsoDate(absl::string_view text);

// A component ('Y', 'M', 'D', 'd', 'F', 'W', 'w', 'X', 'x', 'H', 'h', 'm', 's', 'f') of an instant;
// 'P' is 1 in the afternoon.
int DateComponent(double millis, char component);

double MillisOf(absl::CivilDay day);

}  // namespace pawl::expr::jsonata
