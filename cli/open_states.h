// Where an execution stands, in words: used by `pawl show` and `pawl watch`. Pure.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/colour.h"
#include "pawl/v1/executions.pb.h"

namespace pawl::cli {

// "runs at worker db-1:42, times out in 3m 5s"; "waits until 10:00:05 (in 4s)".
std::string DescribeWait(const v1::OpenState& state, absl::Time now, const Palette& paint);

// "██████▒▒░░" : done, running, to come. `width` columns.
std::string ProgressBar(int64_t done, int64_t running, int64_t total, int width,
                        const Palette& paint);

// One line: indentation by depth, mark, name, type, attempt and what it waits for.
std::string DescribeOpenState(const v1::OpenState& state, int name_width, absl::Time now,
                              const Palette& paint);

// Columns of the widest "Map[3] Charge" label, so that lines can be aligned.
int LabelWidth(const v1::OpenState& state);

}  // namespace pawl::cli
