// Results as the engine can take them. Internal to the SDK.
//
// protobuf refuses strings that are not UTF-8 when it reads a frame: one such result would break
// the stream, and again every time it is resent. So it must never get that far.
#pragma once

#include <cstddef>

#include "pawl/task.h"

namespace pawl::sdk {

inline constexpr size_t kMaxCauseBytes = 32'768;  // AWS's limit
inline constexpr size_t kMaxErrorBytes = 256;     // AWS's limit

// Output that is not UTF-8 becomes Pawl.InvalidOutput, Accept() of a task that does not await a
// token Pawl.NothingAwaited; error and cause are repaired and cut.
TaskResult Sanitize(TaskResult result, bool awaits_token);

bool IsUtf8(const std::string& text);

}  // namespace pawl::sdk
