#include "engine/flag_setters.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/value/boolean_text.h"

namespace pawl {

absl::StatusOr<int64_t> ReadNumber(const std::string& text, int64_t min, int64_t max) {
  int64_t number = 0;
  if (absl::SimpleAtoi(text, &number) && number >= min && number <= max) return number;
  return absl::InvalidArgumentError(absl::StrCat("a whole number from ", min, " to ", max));
}

absl::StatusOr<absl::Duration> ReadDuration(const std::string& text, absl::Duration min,
                                            absl::Duration max) {
  absl::Duration duration;
  if (absl::ParseDuration(text, &duration) && duration >= min && duration <= max) return duration;
  return absl::InvalidArgumentError(absl::StrCat("a duration (500ms, 30s, 5m, 2h) from ",
                                                 absl::FormatDuration(min), " to ",
                                                 absl::FormatDuration(max)));
}

absl::StatusOr<bool> ReadSwitch(const std::string& text) {
  const absl::optional<bool> value = ReadBoolean(text);
  if (value.has_value()) return *value;
  return absl::InvalidArgumentError(kBooleanWords);
}

absl::Status CheckListenAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon != std::string::npos && colon > 0) {
    const std::string host = text.substr(0, colon);
    const std::string port = text.substr(colon + 1);
    const bool has_brackets = host.front() == '[' && host.back() == ']';
    const bool is_one_host = has_brackets || host.find(':') == std::string::npos;
    const bool has_digits =
        !port.empty() && std::all_of(port.begin(), port.end(), absl::ascii_isdigit);
    if (is_one_host && has_digits && ReadNumber(port, 0, 65'535).ok()) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "HOST:PORT with a port from 0 to 65535 (0 picks a free one), such as 127.0.0.1:7233 or "
      "[::1]:7233");
}

absl::Status CheckAccount(const std::string& text) {
  if (text.size() == 12 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("12 digits");
}

absl::Status CheckRegion(const std::string& text) {
  const bool is_region = !text.empty() && text.size() <= 32 &&
                         std::all_of(text.begin(), text.end(), [](unsigned char c) {
                           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
                         });
  if (is_region) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "1 to 32 lower-case letters, digits and dashes, such as eu-central-1");
}

absl::Status CheckNotEmpty(const std::string& text) {
  return text.empty() ? absl::InvalidArgumentError("some text") : absl::OkStatus();
}

}  // namespace pawl
