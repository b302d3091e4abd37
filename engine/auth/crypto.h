// Hashes and random bytes, through OpenSSL. Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::auth {

// The two hashes are 32 bytes; "" where OpenSSL fails, which equals no hash of that length.
std::string Sha256(absl::string_view data);
std::string HmacSha256(absl::string_view key, absl::string_view data);
std::string Sha256Hex(absl::string_view data);

// Takes as long for equal texts as for different ones of the same length. The length itself is no
// secret here.
bool IsEqualInConstantTime(absl::string_view a, absl::string_view b);

// Unpredictable ones. Internal where the system has none.
absl::StatusOr<std::string> RandomBytes(size_t count);

}  // namespace pawl::auth
