#include "tests/conformance/api_script.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/value/json.h"
#include "tests/conformance/compare.h"

namespace pawl::conformance {
namespace {

bool HoldsJson(absl::string_view key) {
  static const auto* const keys =
      new std::set<std::string>{"cause", "definition", "input", "output", "parameters"};
  return keys->count(std::string(key)) > 0;
}

Value Parsed(const Value& text) {
  absl::StatusOr<Value> value = ParseJson(text.AsString());
  return value.ok() ? *std::move(value) : text;
}

// The harness numbered roles as it met them, so one role has several names.
constexpr char kMadeUpRole[] = "arn:aws:iam::000000000000:role/sfn-role-u";

Value AsRecordedAt(absl::string_view key, const Value& expected, const Value& actual) {
  if (actual.is_string() && expected.is_string() &&
      absl::StartsWith(actual.AsString(), kMadeUpRole) &&
      absl::StartsWith(expected.AsString(), kMadeUpRole)) {
    return expected;
  }
  if (actual.is_string() && !expected.is_string()) return Parsed(actual);
  // A payload that is a string: "\"text\"" was recorded as "text".
  if (actual.is_string() && HoldsJson(key) && key != "cause" && actual != expected) {
    return Parsed(actual);
  }
  if (actual.is_object() && expected.is_object()) {
    Value::Members members;
    for (const auto& [name, value] : actual.AsObject()) {
      const Value* other = expected.Find(name);
      members.emplace_back(name, other == nullptr ? value : AsRecordedAt(name, *other, value));
    }
    return Value::Object(std::move(members));
  }
  if (actual.is_array() && expected.is_array() &&
      actual.AsArray().size() == expected.AsArray().size()) {
    Value::Elements elements;
    for (size_t i = 0; i < actual.AsArray().size(); ++i) {
      elements.push_back(AsRecordedAt("", expected.AsArray()[i], actual.AsArray()[i]));
    }
    return Value::Array(std::move(elements));
  }
  return actual;
}

// What stands behind the last colon of an execution's ARN; "" where it is none.
std::string ExecutionName(const std::string& arn) {
  const std::vector<std::string> parts = absl::StrSplit(arn, ':');
  const bool is_execution = parts.size() >= 8 && (parts[5] == "execution" || parts[5] == "express");
  return is_execution ? parts[7] : "";
}

}  // namespace

void ScriptNames::Add(const std::string& recorded, const std::string& real) {
  if (!recorded.empty() && recorded != real) real_[recorded] = real;
}

void ScriptNames::LearnReturns(const Value& returns, const Value& expect, const Value& answer) {
  if (!returns.is_object()) return;
  for (const auto& [key, recorded] : returns.AsObject()) {
    const Value* real = answer.Find(key);
    if (real == nullptr || !real->is_string() || !recorded.is_string()) continue;
    Add(recorded.AsString(), real->AsString());
    Add(ExecutionName(recorded.AsString()), ExecutionName(real->AsString()));
    const Value* other = expect.Find(key);
    if (other != nullptr && other->is_string() && *other != recorded) {
      Add(other->AsString(), real->AsString());
    }
  }
}

void ScriptNames::LearnMasks(const Value& expected, const Value& answer) {
  if (expected.is_string() && answer.is_string()) {
    const std::string& mask = expected.AsString();
    if (absl::StrContains(mask, "<") && MatchesMask(answer.AsString(), mask)) {
      Add(mask, answer.AsString());
    }
  } else if (expected.is_object() && answer.is_object()) {
    for (const auto& [key, value] : expected.AsObject()) {
      if (const Value* found = answer.Find(key)) LearnMasks(value, *found);
    }
  } else if (expected.is_array() && answer.is_array()) {
    for (size_t i = 0; i < expected.AsArray().size() && i < answer.AsArray().size(); ++i) {
      LearnMasks(expected.AsArray()[i], answer.AsArray()[i]);
    }
  }
}

std::string ScriptNames::Rewritten(std::string recorded) const {
  for (const auto& [from, to] : real_) {
    if (recorded == from) return to;
    // A bare name is no part of another text.
    if (absl::StartsWith(from, "arn:")) absl::StrReplaceAll({{from, to}}, &recorded);
  }
  return recorded;
}

Value ScriptNames::Rewritten(const Value& recorded) const {
  if (recorded.is_string()) return Value::String(Rewritten(recorded.AsString()));
  if (recorded.is_array()) {
    Value::Elements elements;
    for (const Value& element : recorded.AsArray()) elements.push_back(Rewritten(element));
    return Value::Array(std::move(elements));
  }
  if (recorded.is_object()) {
    Value::Members members;
    for (const auto& [key, value] : recorded.AsObject()) {
      members.emplace_back(key, Rewritten(value));
    }
    return Value::Object(std::move(members));
  }
  return recorded;
}

Value AsRecorded(const Value& expected, const Value& actual) {
  return AsRecordedAt("", expected, actual);
}

}  // namespace pawl::conformance
