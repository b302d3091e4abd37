// The template of States.Format: text with placeholders {}.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::expr::intrinsic {

struct FormatTemplate {
  std::vector<std::string> texts = {""};  // a placeholder stands between any two
  std::string problem;                    // AWS accepts a bad template and fails when it runs

  void Append(char c) { texts.back().push_back(c); }
  void AppendPlaceholder() { texts.emplace_back(); }
};

// A template that is a value: \{ and \} are braces, every other backslash is itself.
FormatTemplate ParseFormat(absl::string_view text);

// The inside of a literal in an intrinsic call, whose escapes \' \{ \} \\ are known to be valid.
FormatTemplate ParseFormatLiteral(absl::string_view raw);

// Strings stand as they are, every other value as its JSON text. False, with AWS's words in *why,
// where the template is bad or the count of arguments does not match the placeholders.
bool Format(const FormatTemplate& format, const Value* arguments, size_t count, Value* result,
            std::string* why);

}  // namespace pawl::expr::intrinsic
