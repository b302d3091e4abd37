// The last touch to a refusal before a front converts it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "engine/runtime/options.h"

namespace pawl::service {

// Longest text of a status. gRPC puts it into a header, whose default limit is 8 KiB with every
// character that is not printable ASCII taking three bytes or more.
inline constexpr size_t kMaxMessageBytes = 2'500;

// `status` as a caller gets it: its text cut to kMaxMessageBytes, which the text then says, and a
// refusal for overload with the time after which to come back (Options::retry_after).
absl::Status ForCaller(const absl::Status& status, const runtime::Options& options);

// `text` cut at a character's boundary to at most `max_bytes`, with a note of how much is missing;
// unchanged if it is not longer.
std::string CutText(const std::string& text, size_t max_bytes);

}  // namespace pawl::service
