#include "engine/asl/static_path.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace pawl::asl {

StaticPath ParseStaticPath(absl::string_view text) {
  StaticPath path;
  path.is_input = absl::StartsWith(text, "$") && (text.size() == 1 || text[1] == '.');
  if (!path.is_input) return path;
  text.remove_prefix(1);
  while (absl::StartsWith(text, ".")) {
    size_t end = 1;
    while (end < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                                 text[end] == '_' || text[end] == '-')) {
      ++end;
    }
    // A function, a wildcard, a name of other characters: not plain.
    const bool is_plain = end > 1 && (end == text.size() || text[end] == '.' || text[end] == '[');
    if (!is_plain) break;
    path.names.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(end);
  }
  return path;
}

absl::optional<std::string> MissingName(const Value& json, bool is_template,
                                        const std::vector<std::string>& names) {
  const Value* here = &json;
  for (const std::string& name : names) {
    if (!here->is_object()) return absl::nullopt;
    const Value* member = here->Find(name);
    if (member == nullptr) {
      const bool is_dynamic = is_template && here->Find(name + ".$") != nullptr;
      return is_dynamic ? absl::nullopt : absl::optional<std::string>(name);
    }
    here = member;
  }
  return absl::nullopt;
}

const char* ResultField(const State& state) {
  if (state.result_selector != nullptr) return "ResultSelector";
  const auto* pass = std::get_if<PassFields>(&state.fields);
  if (pass == nullptr) return nullptr;
  if (pass->result.has_value()) return "Result";
  return state.parameters != nullptr ? "Parameters" : nullptr;
}

}  // namespace pawl::asl
