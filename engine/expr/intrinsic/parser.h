// Text to intrinsic::Call.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/expr/intrinsic/call.h"

namespace pawl::expr::intrinsic {

// InvalidArgument says what is wrong and at which offset: unknown functions, bad paths, a backslash
// before anything but ' { } \, calls nested more than ten deep. The count of arguments is not
// checked here: AWS accepts any and fails when the call runs.
absl::StatusOr<std::unique_ptr<const Call>> ParseCall(absl::string_view text);

}  // namespace pawl::expr::intrinsic
