// Runs cases of the JSONata test suite: groups/*.json and datasets/*.json below a folder, in the
// format that the suite's converter writes: each case has "expr", "data" or "dataset", "bindings",
// and what it expects.
//
// A case is a dialect case where a rule below says so: the suite is of JSONata 2.2, we speak 2.0.6
// as AWS has it. Those are listed with their rule, and counted neither as passed nor as failed.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/program.h"
#include "engine/value/json.h"

namespace {

using pawl::ParseJson;
using pawl::ToJson;
using pawl::Value;
namespace jsonata = pawl::expr::jsonata;

class Bindings final : public pawl::expr::VariableLookup {
 public:
  explicit Bindings(const Value* object) : object_(object) {}
  const Value* Find(absl::string_view name) const override {
    return object_ == nullptr ? nullptr : object_->Find(name);
  }

 private:
  const Value* object_;
};

// A rule of the dialect: cases to which it applies are set apart when they do not pass.
struct Rule {
  const char* reason;
  bool (*applies)(const std::string& expr, const Value& expected);
};

bool CallsEval(const std::string& expr, const Value&) { return absl::StrContains(expr, "$eval"); }

// With spaces around them: "?:" alone also ends a signature.
bool UsesNewOperators(const std::string& expr, const Value&) {
  return absl::StrContains(expr, " ?: ") || absl::StrContains(expr, " ?? ");
}

bool HasLoneSurrogate(const std::string& expr, const Value&) {
  return absl::StrContains(expr, "\xEF\xBF\xBD") || absl::StrContains(expr, "\\ud8");
}

bool HasLookAround(const std::string& expr, const Value&) {
  return absl::StrContains(expr, "(?=") || absl::StrContains(expr, "(?!") ||
         absl::StrContains(expr, "(?<=") || absl::StrContains(expr, "(?<!");
}

constexpr Rule kRules[] = {
    {"$eval does not exist on AWS", CallsEval},
    {"?: (elvis) and ?? came with JSONata 2.1", UsesNewOperators},
    {"half a surrogate pair cannot be in a UTF-8 string", HasLoneSurrogate},
    {"regular expressions take linear time: no look-around", HasLookAround},
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The suite's own JSON may hold half surrogate pairs in expressions; they are made harmless first.
Value ReadJson(const std::filesystem::path& path) {
  std::string text = ReadFile(path);
  for (size_t at = text.find("\\ud8"); at != std::string::npos; at = text.find("\\ud8", at + 1)) {
    if (text.compare(at + 6, 2, "\\u") != 0) text.replace(at, 6, "\xEF\xBF\xBD");
  }
  pawl::JsonLimits limits;
  limits.max_depth = 1000;
  absl::StatusOr<Value> value = ParseJson(text, limits);
  if (!value.ok()) {
    std::cerr << path << ": " << value.status() << "\n";
    std::exit(2);
  }
  return *std::move(value);
}

std::string TextOf(const Value* value) {
  return value == nullptr || !value->is_string() ? "" : value->AsString();
}

// Numbers agree to 15 digits: the reference prints results of other arithmetic libraries.
bool Same(const Value& a, const Value& b, bool unordered) {
  if (a.is_number() && b.is_number()) {
    const double x = a.AsDouble();
    const double y = b.AsDouble();
    return x == y || std::abs(x - y) <= 1e-14 * std::max(std::abs(x), std::abs(y));
  }
  if (a.is_array() && b.is_array()) {
    if (a.AsArray().size() != b.AsArray().size()) return false;
    std::vector<Value> left = a.AsArray();
    std::vector<Value> right = b.AsArray();
    if (unordered) {
      const auto by_text = [](const Value& x, const Value& y) { return ToJson(x) < ToJson(y); };
      std::sort(left.begin(), left.end(), by_text);
      std::sort(right.begin(), right.end(), by_text);
    }
    return std::equal(left.begin(), left.end(), right.begin(),
                      [](const Value& x, const Value& y) { return Same(x, y, false); });
  }
  if (a.is_object() && b.is_object()) {
    if (a.AsObject().size() != b.AsObject().size()) return false;
    return std::all_of(a.AsObject().begin(), a.AsObject().end(), [&b](const Value::Member& member) {
      const Value* other = b.Find(member.first);
      return other != nullptr && Same(member.second, *other, false);
    });
  }
  return a == b;
}

std::string Describe(const jsonata::Outcome& outcome) {
  switch (outcome.kind) {
    case jsonata::Outcome::Kind::kValue:
      return ToJson(outcome.value);
    case jsonata::Outcome::Kind::kUndefined:
      return "undefined";
    case jsonata::Outcome::Kind::kFunction:
      return "a function";
    case jsonata::Outcome::Kind::kError:
      return absl::StrCat("error ", outcome.error.code, ": ", outcome.error.message, " [token ",
                          outcome.error.token, "]");
  }
  return "";
}

bool AsExpected(const jsonata::Outcome& outcome, const Value& expected, bool unordered) {
  using Kind = jsonata::Outcome::Kind;
  if (const Value* code = expected.Find("error"); code != nullptr) {
    const Value* token = expected.Find("token");
    return outcome.kind == Kind::kError && outcome.error.code == TextOf(code) &&
           (token == nullptr || !token->is_string() || token->AsString() == outcome.error.token);
  }
  if (const Value* result = expected.Find("result"); result != nullptr) {
    return outcome.kind == Kind::kValue && Same(*result, outcome.value, unordered);
  }
  return outcome.kind == Kind::kUndefined || outcome.kind == Kind::kFunction;
}

class Suite {
 public:
  // `json_path`: where to write what became of each case; "" for nowhere.
  Suite(std::filesystem::path folder, std::string json_path)
      : folder_(std::move(folder)), json_path_(std::move(json_path)) {}

  int Run() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "groups")) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      const Value group = ReadJson(file);
      for (const Value& one : group.AsArray()) RunCase(file.stem().string(), one);
    }
    for (const auto& [reason, names] : dialect_) {
      std::cout << "\ndialect: " << reason << " (" << names.size() << ")\n";
      for (const std::string& name : names) std::cout << "  " << name << "\n";
    }
    if (!json_path_.empty()) {
      std::ofstream(json_path_) << ToJson(Value::Array(std::move(results_))) << "\n";
    }
    std::cout << "\n" << passed_ << " passed, " << failed_ << " failed\n";
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void Add(const std::string& group, const std::string& expr, const char* result) {
    results_.push_back(Value::Object({{"group", Value::String(group)},
                                      {"expr", Value::String(expr)},
                                      {"result", Value::String(result)}}));
  }

  void RunCase(const std::string& group, const Value& one) {
    const std::string expr = TextOf(one.Find("expr"));
    const Value& expected = *one.Find("expect");
    const Value* unordered = one.Find("unordered");
    const jsonata::Outcome outcome = Evaluate(expr, one);
    if (AsExpected(outcome, expected, unordered != nullptr && *unordered == Value::Bool(true))) {
      ++passed_;
      return Add(group, expr, "passed");
    }
    const std::string name = absl::StrCat(group, "/", TextOf(one.Find("name")));
    for (const Rule& rule : kRules) {
      if (!rule.applies(expr, expected)) continue;
      dialect_[rule.reason].push_back(absl::StrCat(name, "  ", expr));
      return Add(group, expr, "skipped");
    }
    ++failed_;
    Add(group, expr, "failed");
    std::cout << "FAILED " << name << "\n  expr:     " << expr
              << "\n  expected: " << ToJson(expected) << "\n  got:      " << Describe(outcome)
              << "\n";
  }

  jsonata::Outcome Evaluate(const std::string& expr, const Value& one) {
    jsonata::Outcome outcome;
    const auto program =
        jsonata::Program::Parse(expr, jsonata::Dialect::kReference, &outcome.error);
    if (program == nullptr) {
      outcome.kind = jsonata::Outcome::Kind::kError;
      return outcome;
    }
    const Bindings bindings(one.Find("bindings"));
    pawl::expr::RandomSource random(1);
    jsonata::Inputs inputs;
    inputs.input = Input(one);
    inputs.variables = &bindings;
    inputs.random = &random;
    inputs.now = absl::Now();
    inputs.limits.max_result_bytes = size_t{1} << 30;
    inputs.limits.max_steps = 1'000'000'000;
    if (const Value* depth = one.Find("depth"); depth != nullptr && depth->is_number()) {
      inputs.max_recursion = static_cast<uint32_t>(std::min(depth->AsDouble(), 500.0));
    }
    return program->Evaluate(inputs);
  }

  const Value* Input(const Value& one) {
    if (const Value* data = one.Find("data"); data != nullptr) return data;
    const std::string name = TextOf(one.Find("dataset"));
    if (name.empty()) return nullptr;
    const auto found = datasets_.find(name);
    if (found != datasets_.end()) return &found->second;
    return &datasets_.emplace(name, ReadJson(folder_ / "datasets" / (name + ".json")))
                .first->second;
  }

  const std::filesystem::path folder_;
  const std::string json_path_;
  Value::Elements results_;
  std::map<std::string, Value> datasets_;
  std::map<std::string, std::vector<std::string>> dialect_;
  int passed_ = 0;
  int failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool has_json = argc == 4 && std::string(argv[2]) == "--json";
  if (argc != 2 && !has_json) {
    std::cerr << "usage: pawl_jsonata_suite DIR [--json FILE]\n";
    return 2;
  }
  return Suite(argv[1], has_json ? argv[3] : "").Run();
}
