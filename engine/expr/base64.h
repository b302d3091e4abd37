// Base64 as AWS decodes it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace pawl::expr {

// Never fails, as observed on AWS (Apache commons-codec): characters outside both alphabets are
// skipped, '=' ends the text, padding may be missing. Returns bytes, not necessarily UTF-8.
std::string Base64DecodeLenient(absl::string_view text);

}  // namespace pawl::expr
