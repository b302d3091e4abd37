// What the tests of expressions share.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/program.h"
#include "engine/value/json.h"

namespace pawl::expr::jsonata {

inline constexpr char kInput[] = R"({
  "order": {
    "id": "o-17", "total": 42.5, "paid": true, "note": null,
    "customer": {"name": "Ann Lee", "address": {"city": "Bern", "zip": "3011"}},
    "items": [
      {"sku": "A1", "price": 10, "qty": 2, "tags": ["red", "big"]},
      {"sku": "B2", "price": 2.5, "qty": 1, "tags": []},
      {"sku": "C3", "price": 20, "qty": 1, "tags": ["red"]}
    ]
  },
  "numbers": [3, 1, 2],
  "words": ["pear", "apple", "fig"],
  "nested": [[1, 2], [3, [4]]],
  "empty": [],
  "one": ["x"],
  "text": "The quick brown fox",
  "unicode": "a\u00e9\u20ac\ud83d\ude00z",
  "people": [
    {"name": "Zed", "age": 30, "city": "Bern"},
    {"name": "amy", "age": 25, "city": "Basel"},
    {"name": "Bob", "age": 30, "city": "Bern"}
  ]
})";

class Variables final : public VariableLookup {
 public:
  Variables() = default;
  explicit Variables(std::map<std::string, std::string> json) {
    for (const auto& [name, text] : json) values_[name] = *ParseJson(text);
  }
  const Value* Find(absl::string_view name) const override {
    const auto found = values_.find(std::string(name));
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Value> values_;
};

// JSON text, "undefined", "function", or "CODE @offset message".
inline std::string Describe(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kValue:
      return ToJson(outcome.value);
    case Outcome::Kind::kUndefined:
      return "undefined";
    case Outcome::Kind::kFunction:
      return "function";
    case Outcome::Kind::kError:
      return absl::StrCat(outcome.error.code, " @", outcome.error.offset, " ",
                          outcome.error.message);
  }
  return "";
}

inline std::string EvaluateIn(absl::string_view text, Dialect dialect, Inputs inputs) {
  Outcome outcome;
  const auto program = Program::Parse(text, dialect, &outcome.error);
  if (program == nullptr) {
    outcome.kind = Outcome::Kind::kError;
    return Describe(outcome);
  }
  RandomSource random(1);
  inputs.random = &random;
  inputs.now = absl::FromUnixMillis(1700000000000);
  return Describe(program->Evaluate(inputs));
}

// Over kInput, in the language of the reference.
inline std::string Evaluate(absl::string_view text) {
  static const Value& input = *new Value(*ParseJson(kInput));
  Inputs inputs;
  inputs.input = &input;
  return EvaluateIn(text, Dialect::kReference, inputs);
}

inline std::string EvaluateAws(absl::string_view text,
                               std::map<std::string, std::string> variables = {},
                               const Limits& limits = {}) {
  const Variables lookup(std::move(variables));
  Inputs inputs;
  inputs.variables = &lookup;
  inputs.limits = limits;
  return EvaluateIn(text, Dialect::kAws, inputs);
}

struct Case {
  const char* expression;
  const char* expected;
};

inline void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Evaluate(c.expression), c.expected) << c.expression;
}

inline void ExpectAllAws(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(EvaluateAws(c.expression), c.expected) << c.expression;
}

}  // namespace pawl::expr::jsonata
