#include "cli/deploy/serverless_variables.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/deploy/visit.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

constexpr size_t kMaxSteps = 1'000'000;
constexpr size_t kMaxDepth = 300;
constexpr uint64_t kMaxBytes = uint64_t{8} * 1024 * 1024;

// "self:a.b" and "file(x.yml):k" are variables, "AWS::Region" and "name" are not.
bool IsVariable(absl::string_view inner) {
  size_t i = 0;
  while (i < inner.size() && (absl::ascii_isalnum(static_cast<unsigned char>(inner[i])) ||
                              inner[i] == '_' || inner[i] == '-')) {
    ++i;
  }
  if (i == 0 || i == inner.size()) return false;
  if (inner[i] == '(') return true;
  return inner[i] == ':' && !(i + 1 < inner.size() && inner[i + 1] == ':');
}

// The '}' that closes the variable whose "${" is at `begin`; npos where there is none.
size_t FindEnd(absl::string_view text, size_t begin) {
  size_t open = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    if (absl::StartsWith(text.substr(i), "${")) {
      ++open;
      ++i;
    } else if (text[i] == '}' && --open == 0) {
      return i;
    }
  }
  return absl::string_view::npos;
}

// At commas outside of quotes and parentheses.
std::vector<std::string> SplitFallbacks(absl::string_view text) {
  std::vector<std::string> parts(1);
  char quote = 0;
  int parentheses = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++parentheses;
    } else if (c == ')') {
      --parentheses;
    } else if (c == ',' && parentheses == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  for (std::string& part : parts) absl::StripAsciiWhitespace(&part);
  return parts;
}

// A fallback that stands for itself: 'text', "text", 7, true, null.
absl::optional<Value> Literal(const std::string& text) {
  if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0]) {
    return Value::String(text.substr(1, text.size() - 2));
  }
  const absl::StatusOr<Value> json = ParseJson(text);
  if (json.ok() && !json->is_string()) return *json;
  return absl::nullopt;
}

absl::optional<Value> Walk(const Value& value, absl::string_view address) {
  const Value* at = &value;
  if (address.empty()) return value;
  for (absl::string_view key : absl::StrSplit(address, '.')) {
    size_t index = 0;
    if (at->is_object()) {
      at = at->Find(key);
    } else if (at->is_array() && absl::SimpleAtoi(key, &index) && index < at->AsArray().size()) {
      at = &at->AsArray()[index];
    } else {
      at = nullptr;
    }
    if (at == nullptr) return absl::nullopt;
  }
  return *at;
}

absl::Status TooMuch(absl::string_view what) {
  return absl::ResourceExhaustedError(absl::StrCat("the variables ", what));
}

}  // namespace

std::string FindServerlessVariable(absl::string_view text) {
  for (size_t at = text.find("${"); at != absl::string_view::npos; at = text.find("${", at + 2)) {
    const size_t end = FindEnd(text, at);
    if (end == absl::string_view::npos) return "";
    if (IsVariable(text.substr(at + 2, end - at - 2))) {
      return std::string(text.substr(at, end - at + 1));
    }
  }
  return "";
}

absl::StatusOr<std::string> ServerlessVariables::Stage() {
  if (const std::string* given = parameters_->Find("stage")) return *given;
  const absl::optional<Value> stage = Walk(root_, "provider.stage");
  if (!stage.has_value()) return std::string("dev");
  absl::StatusOr<Value> value = Resolve(*stage);
  if (!value.ok()) return value.status();
  if (value->is_null()) return std::string("dev");
  return value->is_string() ? value->AsString() : ToJson(*value);
}

absl::StatusOr<Value> ServerlessVariables::Resolve(const Value& value) {
  if (++steps_ > kMaxSteps)
    return TooMuch(absl::StrCat("lead to more than ", kMaxSteps, " values"));
  if (value.is_string()) {
    return absl::StrContains(value.AsString(), "${") ? ResolveText(value.AsString()) : value;
  }
  if (!value.is_array() && !value.is_object()) return value;
  if (depth_ >= kMaxDepth) {
    return TooMuch(absl::StrCat("are nested more than ", kMaxDepth, " deep"));
  }
  ++depth_;
  Value::Elements elements;
  Value::Members members;
  uint64_t weight = 0;
  const auto resolve = [&](const Value& part) {
    absl::StatusOr<Value> resolved = Resolve(part);
    if (resolved.ok()) weight += resolved->weight();
    if (weight > kMaxBytes)
      resolved = TooMuch(absl::StrCat("make more than ", kMaxBytes, " bytes"));
    return resolved;
  };
  absl::Status status;
  const auto failed_at = [&](absl::string_view name) {
    // Within what a variable stands for, the place is that of the variable.
    if (visiting_.empty()) failed_at_ = absl::StrCat(Within("", name), failed_at_);
  };
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      absl::StatusOr<Value> resolved = resolve(element);
      if (status = resolved.status(); !status.ok()) {
        failed_at(absl::StrCat(elements.size()));
        break;
      }
      elements.push_back(*std::move(resolved));
    }
  } else {
    for (const auto& [name, member] : value.AsObject()) {
      absl::StatusOr<Value> resolved = resolve(member);
      if (status = resolved.status(); !status.ok()) {
        failed_at(name);
        break;
      }
      members.emplace_back(name, *std::move(resolved));
    }
  }
  --depth_;
  if (!status.ok()) return status;
  return value.is_array() ? Value::Array(std::move(elements)) : Value::Object(std::move(members));
}

absl::StatusOr<Value> ServerlessVariables::ResolveText(const std::string& text) {
  if (++steps_ > kMaxSteps)
    return TooMuch(absl::StrCat("lead to more than ", kMaxSteps, " values"));
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = absl::StartsWith(absl::string_view(text).substr(i), "${")
                           ? FindEnd(text, i)
                           : std::string::npos;
    if (end == std::string::npos) {
      out += text[i];
      continue;
    }
    const std::string inner = text.substr(i + 2, end - i - 2);
    if (!IsVariable(inner)) {
      out += text[i];
      continue;
    }
    if (depth_ >= kMaxDepth) {
      return TooMuch(absl::StrCat("are nested more than ", kMaxDepth, " deep"));
    }
    ++depth_;
    absl::StatusOr<Value> value = ResolveVariable(inner);
    --depth_;
    if (!value.ok()) return value;
    // A text that is one variable takes its value, whatever that is.
    if (i == 0 && end + 1 == text.size()) return value;
    if (value->is_array() || value->is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "${", inner, "} is ", std::string(KindName(*value)), ", which a text cannot hold"));
    }
    out += value->is_string() ? value->AsString() : ToJson(*value);
    if (out.size() > kMaxBytes)
      return TooMuch(absl::StrCat("make more than ", kMaxBytes, " bytes"));
    i = end;
  }
  return Value::String(std::move(out));
}

absl::StatusOr<Value> ServerlessVariables::ResolveVariable(const std::string& variable) {
  std::string resolved = variable;
  if (absl::StrContains(variable, "${")) {  // the inner ones first
    absl::StatusOr<Value> inner = ResolveText(variable);
    if (!inner.ok()) return inner;
    resolved = inner->is_string() ? inner->AsString() : ToJson(*inner);
  }
  const Visit visit(&visiting_, absl::StrCat("${", resolved, "}"));
  if (!visit.circle().empty()) return absl::InvalidArgumentError(visit.circle());
  const std::vector<std::string> sources = SplitFallbacks(resolved);
  for (const std::string& source : sources) {
    if (const absl::optional<Value> literal = Literal(source)) return *literal;
    absl::StatusOr<absl::optional<Value>> value = ResolveSource(source);
    if (!value.ok()) return value.status();
    if (value->has_value() && !(*value)->is_null()) return Resolve(**value);
  }
  if (keeps_unknown_) return Value::String(absl::StrCat("${", resolved, "}"));
  return absl::InvalidArgumentError(
      absl::StrCat("${", variable, "} has no value; ", GiveParameter(sources[0])));
}

absl::optional<Value> ServerlessVariables::Given(const std::string& source,
                                                 const std::string& name) {
  if (const std::string* value = parameters_->Find(source)) return Value::String(*value);
  if (!absl::StartsWith(source, "opt:") && !absl::StartsWith(source, "param:"))
    return absl::nullopt;
  if (const std::string* value = parameters_->Find(name)) return Value::String(*value);
  return absl::nullopt;
}

absl::StatusOr<absl::optional<Value>> ServerlessVariables::ResolveSource(
    const std::string& source) {
  if (absl::StartsWith(source, "file(")) return File(source);
  const size_t colon = source.find(':');
  if (colon == std::string::npos) return absl::optional<Value>();
  const std::string kind = source.substr(0, colon);
  const std::string name = source.substr(colon + 1);
  if (auto given = Given(source, name); given.has_value()) return given;
  if (kind == "self") return Self(name);
  if (kind == "env") {
    const absl::optional<std::string> variable = files_.Variable(name);
    if (!variable.has_value()) return absl::optional<Value>();
    return absl::optional<Value>(Value::String(*variable));
  }
  if ((kind == "sls" || kind == "opt") && name == "stage") {
    if (kind == "opt") return absl::optional<Value>();
    absl::StatusOr<std::string> stage = Stage();
    if (!stage.ok()) return stage.status();
    return absl::optional<Value>(Value::String(*std::move(stage)));
  }
  if (kind == "aws" && name == "region")
    return absl::optional<Value>(Value::String(settings_.region));
  if (kind == "aws" && name == "accountId") {
    return absl::optional<Value>(Value::String(settings_.account));
  }
  if (kind == "param") return Self(absl::StrCat("params.default.", name));
  return absl::optional<Value>();
}

absl::StatusOr<absl::optional<Value>> ServerlessVariables::Self(const std::string& address) {
  // What stands on the way may be a variable itself: custom: ${file(custom.yml)}.
  Value at = root_;
  for (absl::string_view key : absl::StrSplit(address, '.', absl::SkipEmpty())) {
    if (at.is_string()) {
      absl::StatusOr<Value> resolved = ResolveText(at.AsString());
      if (!resolved.ok()) return resolved.status();
      at = *std::move(resolved);
    }
    absl::optional<Value> next = Walk(at, key);
    if (!next.has_value()) return next;
    at = *std::move(next);
  }
  return absl::optional<Value>(std::move(at));
}

absl::StatusOr<absl::optional<Value>> ServerlessVariables::File(const std::string& source) {
  const size_t close = source.find(')');
  if (close == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("${", source, "}: the ) is missing"));
  }
  std::string name = source.substr(5, close - 5);
  absl::StripAsciiWhitespace(&name);
  absl::string_view address = absl::string_view(source).substr(close + 1);
  absl::ConsumePrefix(&address, ":");
  const std::string path = JoinPath(folder_, name);
  if (absl::EndsWith(path, ".js") || absl::EndsWith(path, ".ts") || absl::EndsWith(path, ".cjs")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "${", source, "}: programs are not run; write their result into a file of YAML or JSON"));
  }
  if (files_.KindOf(path) != FileKind::kFile) return absl::optional<Value>();
  auto known = documents_.find(path);
  if (known == documents_.end()) {
    absl::StatusOr<std::string> text = files_.Read(path);
    if (!text.ok()) return text.status();
    const bool is_data = absl::EndsWith(path, ".yml") || absl::EndsWith(path, ".yaml") ||
                         absl::EndsWith(path, ".json");
    Value value = Value::String(*text);
    if (is_data) {
      YamlOptions options;
      options.has_cloudformation_tags = true;
      absl::StatusOr<Document> document = Document::Parse(path, *std::move(text), options);
      if (!document.ok()) return document.status();
      value = document->root();
    }
    known = documents_.emplace(path, std::move(value)).first;
  }
  return Walk(known->second, address);
}

}  // namespace pawl::deploy
