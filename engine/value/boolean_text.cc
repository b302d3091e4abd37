#include "engine/value/boolean_text.h"

#include "absl/strings/match.h"

namespace pawl {

absl::optional<bool> ReadBoolean(absl::string_view text) {
  for (const char* word : {"true", "1", "on", "yes"}) {
    if (absl::EqualsIgnoreCase(text, word)) return true;
  }
  for (const char* word : {"false", "0", "off", "no"}) {
    if (absl::EqualsIgnoreCase(text, word)) return false;
  }
  return absl::nullopt;
}

}  // namespace pawl
