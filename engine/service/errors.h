// The last touch to a refusal before a front converts it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "engine/runtime/options.h"

namespace pawl::service {

// Longest text of a status. gRPC sends it in headers, twice, and by default refuses more than 8 KiB
// of them; a text with characters that are not printable ASCII is cut earlier.
inline constexpr size_t kMaxMessageBytes = 2'500;

// `status` as a caller gets it: its text cut to kMaxMessageBytes, which the text then says, and a
// refusal for overload with the time after which to come back (Options::retry_after).
absl::Status ForCaller(const absl::Status& status, const runtime::Options& options);

// `text` cut at a character's boundary to at most `max_bytes`, with a note of how much is missing;
// unchanged if it is not longer.
std::string CutText(const std::string& text, size_t max_bytes);

}  // namespace pawl::service
