#include "cli/deploy/substitute.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

bool IsName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
           c == ':';
  });
}

absl::Status TooLarge() {
  return absl::ResourceExhaustedError(absl::StrCat(
      "the definition with its substitutions has more than ", kMaxSubstitutedBytes, " bytes"));
}

std::string Escaped(const std::string& value) {
  std::string literal;
  AppendJsonString(value, &literal);
  return literal.substr(1, literal.size() - 2);
}

absl::StatusOr<std::string> Replace(absl::string_view text, const Substitutions& values,
                                    bool is_json, std::set<std::string>* unknown) {
  std::string out;
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_json && c == '"') is_in_string = !is_in_string;
    if (is_json && is_in_string && c == '\\' && i + 1 < text.size()) {
      absl::StrAppend(&out, text.substr(i++, 2));
      continue;
    }
    const size_t end =
        absl::StartsWith(text.substr(i), "${") ? text.find('}', i) : absl::string_view::npos;
    const absl::string_view name =
        end == absl::string_view::npos ? "" : text.substr(i + 2, end - i - 2);
    if (!IsName(name)) {
      out += c;
      continue;
    }
    const auto found = values.find(std::string(name));
    if (found == values.end()) {
      if (unknown != nullptr) unknown->insert(std::string(name));
      out += c;
      continue;
    }
    out += is_json && is_in_string ? Escaped(found->second) : found->second;
    if (out.size() > kMaxSubstitutedBytes) return TooLarge();
    i = end;
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> Substitute(absl::string_view text, const Substitutions& values,
                                       std::set<std::string>* unknown) {
  return Replace(text, values, false, unknown);
}

absl::StatusOr<std::string> SubstituteJson(absl::string_view text, const Substitutions& values,
                                           std::set<std::string>* unknown) {
  return Replace(text, values, true, unknown);
}

absl::StatusOr<Value> SubstituteValue(const Value& value, const Substitutions& values,
                                      std::set<std::string>* unknown) {
  if (value.is_string()) {
    absl::StatusOr<std::string> text = Substitute(value.AsString(), values, unknown);
    if (!text.ok()) return text.status();
    return Value::String(*std::move(text));
  }
  if (value.is_array()) {
    Value::Elements elements;
    uint64_t weight = 0;
    for (const Value& element : value.AsArray()) {
      absl::StatusOr<Value> part = SubstituteValue(element, values, unknown);
      if (!part.ok()) return part;
      weight += part->weight();
      if (weight > kMaxSubstitutedBytes) return TooLarge();
      elements.push_back(*std::move(part));
    }
    return Value::Array(std::move(elements));
  }
  if (!value.is_object()) return value;
  Value::Members members;
  uint64_t weight = 0;
  for (const auto& [name, member] : value.AsObject()) {
    absl::StatusOr<std::string> key = Substitute(name, values, unknown);
    if (!key.ok()) return key.status();
    absl::StatusOr<Value> part = SubstituteValue(member, values, unknown);
    if (!part.ok()) return part;
    weight += key->size() + part->weight();
    if (weight > kMaxSubstitutedBytes) return TooLarge();
    members.emplace_back(*std::move(key), *std::move(part));
  }
  return Value::Object(std::move(members));
}

}  // namespace pawl::deploy
