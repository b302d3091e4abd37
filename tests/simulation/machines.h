// The state machines that the simulation runs. Each ends as SUCCEEDED if workers answer in the end:
// failures are retried without limit, or are meant and caught.
#pragma once

#include "absl/types/span.h"

namespace pawl::simulation {

struct Machine {
  const char* name;
  const char* definition;
  const char* type = "STANDARD";
};

absl::Span<const Machine> Machines();

// What "bulk" reads: so many lines of JSON in this object.
inline constexpr char kItemsBucket[] = "in";
inline constexpr char kItemsKey[] = "items.jsonl";
inline constexpr int kItems = 23;
inline constexpr char kResultsBucket[] = "out";

}  // namespace pawl::simulation
