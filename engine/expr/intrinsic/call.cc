#include "engine/expr/intrinsic/call.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/message.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr uint64_t kStepsPerCall = 8;

bool UsesContext(const Call& call) {
  for (const Call::Argument& argument : call.arguments) {
    const auto* path = std::get_if<JsonPath>(&argument);
    if (path != nullptr && path->uses_context()) return true;
    const auto* nested = std::get_if<std::unique_ptr<const Call>>(&argument);
    if (nested != nullptr && UsesContext(**nested)) return true;
  }
  return false;
}

void AddVariablesOf(const Call& call, std::vector<std::string>* names) {
  for (const Call::Argument& argument : call.arguments) {
    if (const auto* path = std::get_if<JsonPath>(&argument)) path->AddVariables(names);
    const auto* nested = std::get_if<std::unique_ptr<const Call>>(&argument);
    if (nested != nullptr) AddVariablesOf(**nested, names);
  }
}

// AWS names a path into the context object as it looks from there: "$.Execution.Id".
absl::string_view PathForMessage(const JsonPath& path) {
  absl::string_view text = path.text();
  if (path.root() == JsonPath::Root::kContext) text.remove_prefix(1);
  return text;
}

bool ResolvePath(const JsonPath& path, const Environment& env, Value* value, std::string* why) {
  switch (path.Find(env, value, nullptr)) {
    case JsonPath::Found::kValue:
      return true;
    case JsonPath::Found::kPastEnd:  // recorded from AWS: not null here
    case JsonPath::Found::kNothing:
      *why = absl::StrCat("The JsonPath argument for the field '", PathForMessage(path),
                          "' could not be found in the input '", JsonForMessage(env.input), "'");
      return false;
    case JsonPath::Found::kInapplicable:
    case JsonPath::Found::kLimit:
      path.Find(env, value, why);
      return false;
  }
  return false;
}

}  // namespace

CallExpression::CallExpression(std::string text, std::unique_ptr<const Call> call)
    : text_(std::move(text)), call_(std::move(call)), uses_context_(UsesContext(*call_)) {}

void CallExpression::AddVariables(std::vector<std::string>* names) const {
  AddVariablesOf(*call_, names);
}

OrFailure<Value> CallExpression::Evaluate(const Environment& environment) const {
  const Metered metered(environment);
  const Environment& env = metered.env();
  Value result;
  std::string why;
  const bool ok = Run(*call_, env, &result, &why);
  if (env.meter->is_expression_spent()) {
    why = absl::StrCat("The evaluation exceeds the limit ", StepLimitText(*env.meter));
  } else if (ok) {
    if (result.depth() <= env.limits.max_depth) return result;
    why = absl::StrCat("The result is nested deeper than ", env.limits.max_depth, " levels");
  }
  return Failure{"States.Runtime",
                 absl::StrCat("The function '", text_, "' had the following error: ", why)};
}

bool CallExpression::Run(const Call& call, const Environment& env, Value* result,
                         std::string* why) {
  if (!env.meter->Charge(kStepsPerCall + 2 * call.arguments.size())) return false;
  std::vector<Value> arguments(call.arguments.size());
  uint64_t weight = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Call::Argument& argument = call.arguments[i];
    if (const auto* literal = std::get_if<Value>(&argument)) {
      arguments[i] = *literal;
    } else if (const auto* path = std::get_if<JsonPath>(&argument)) {
      if (!ResolvePath(*path, env, &arguments[i], why)) return false;
    } else {
      const Call& nested = *std::get<std::unique_ptr<const Call>>(argument);
      if (!Run(nested, env, &arguments[i], why)) return false;
    }
    weight += arguments[i].weight();
    if (weight > env.limits.max_result_bytes) {
      *why = absl::StrCat("The arguments are larger than ", env.limits.max_result_bytes, " bytes");
      return false;
    }
  }
  const Function& function = *call.function;
  const bool has_right_count =
      arguments.size() >= function.min_arguments && arguments.size() <= function.max_arguments;
  const Context context{env, *env.meter, call.format ? &*call.format : nullptr};
  if (has_right_count && function.run(arguments, context, result, why)) return true;
  if (why->empty()) *why = absl::StrCat("Invalid arguments in ", function.name);
  return false;
}

}  // namespace pawl::expr::intrinsic
