#include "engine/expr/json_path.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonpath/evaluator.h"
#include "engine/expr/jsonpath/parser.h"
#include "engine/expr/message.h"

namespace pawl::expr {

using jsonpath::Evaluator;
using jsonpath::Path;
using jsonpath::Result;
using jsonpath::Step;

struct JsonPath::Compiled {
  std::shared_ptr<const Path> path;
  bool is_reference;
};

namespace {

JsonPath::Found ToFound(Result::Kind kind) {
  switch (kind) {
    case Result::Kind::kFound:
      return JsonPath::Found::kValue;
    case Result::Kind::kPastEnd:
      return JsonPath::Found::kPastEnd;
    case Result::Kind::kMissing:
      return JsonPath::Found::kNothing;
    case Result::Kind::kInapplicable:
      return JsonPath::Found::kInapplicable;
    case Result::Kind::kLimit:
      return JsonPath::Found::kLimit;
  }
  return JsonPath::Found::kNothing;
}

constexpr uint64_t kStepsPerMember = 12;  // of an object that is made anew

// `target` with `value` at the steps from `i` on. False where a step does not apply.
bool AssignAt(const std::vector<Step>& steps, size_t i, const Value* target, const Value& value,
              Meter* meter, Value* result) {
  if (i == steps.size()) {
    *result = value;
    return true;
  }
  const Step& step = steps[i];
  if (step.kind == Step::Kind::kIndex) {
    if (target == nullptr || !target->is_array()) return false;
    const auto count = static_cast<int64_t>(target->AsArray().size());
    const int64_t index = step.indices[0] < 0 ? step.indices[0] + count : step.indices[0];
    if (index < 0 || index >= count) return false;
    Value element;
    const auto at = static_cast<size_t>(index);
    if (!AssignAt(steps, i + 1, &target->AsArray()[at], value, meter, &element)) return false;
    // All siblings are copied.
    if (meter != nullptr && !meter->Charge(target->AsArray().size())) return false;
    Value::Elements elements = target->AsArray();
    elements[at] = std::move(element);
    *result = Value::Array(std::move(elements));
    return true;
  }
  if (target != nullptr && !target->is_object()) return false;
  const std::string& name = step.names[0];
  Value member;
  const Value* old = target == nullptr ? nullptr : target->Find(name);
  if (!AssignAt(steps, i + 1, old, value, meter, &member)) return false;
  if (meter != nullptr && target != nullptr &&
      !meter->Charge(kStepsPerMember * target->AsObject().size())) {
    return false;
  }
  Value::Members members;
  if (target != nullptr) {
    members.reserve(target->AsObject().size() + 1);
    members = target->AsObject();
  }
  members.emplace_back(name, std::move(member));  // of two members with one name the last one wins
  *result = Value::Object(std::move(members));
  return true;
}

}  // namespace

JsonPath::JsonPath(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

absl::StatusOr<JsonPath> JsonPath::Parse(absl::string_view text) {
  // Jayway trims what it is given.
  absl::StatusOr<std::shared_ptr<const Path>> path =
      jsonpath::ParsePath(absl::StripTrailingAsciiWhitespace(text));
  if (!path.ok()) return path.status();
  auto compiled = std::make_shared<Compiled>();
  compiled->is_reference = (*path)->is_definite && (*path)->root == Path::Root::kInput;
  compiled->path = *std::move(path);
  return JsonPath(std::move(compiled));
}

JsonPath::Found JsonPath::Find(const Environment& env, Value* value, std::string* why) const {
  const MeterOf meter(env);
  Result result = Evaluator(env, &meter.get(), why != nullptr).Evaluate(*compiled_->path);
  if (why != nullptr) *why = std::move(result.why);
  *value = std::move(result.value);
  return ToFound(result.kind);
}

OrFailure<Value> JsonPath::Evaluate(const Environment& env) const {
  const MeterOf meter(env);
  Result result = Evaluator(env, &meter.get(), /*explain=*/true).Evaluate(*compiled_->path);
  if (result.kind == Result::Kind::kFound) return std::move(result.value);
  if (result.kind == Result::Kind::kPastEnd) return Value();
  return Failure{"States.Runtime", absl::StrCat("Invalid path '", text(), "' : ", result.why)};
}

bool JsonPath::Match(const Environment& env, Value* value) const {
  const MeterOf meter(env);
  Result result = Evaluator(env, &meter.get(), /*explain=*/false).Evaluate(*compiled_->path);
  if (result.kind != Result::Kind::kFound) return false;
  if (yields_array() && result.value.AsArray().empty()) return false;
  *value = std::move(result.value);
  return true;
}

bool JsonPath::uses_context() const { return root() == Root::kContext; }

void JsonPath::AddVariables(std::vector<std::string>* names) const {
  if (root() == Root::kVariable) names->push_back(variable());
}
const std::string& JsonPath::text() const { return compiled_->path->text; }

JsonPath::Root JsonPath::root() const {
  switch (compiled_->path->root) {
    case Path::Root::kContext:
      return Root::kContext;
    case Path::Root::kVariable:
      return Root::kVariable;
    case Path::Root::kInput:
    case Path::Root::kCurrent:
      break;
  }
  return Root::kInput;
}

const std::string& JsonPath::variable() const { return compiled_->path->variable; }
bool JsonPath::is_definite() const { return compiled_->path->is_definite; }
bool JsonPath::is_reference() const { return compiled_->is_reference; }
bool JsonPath::yields_array() const { return compiled_->path->yields_array; }

OrFailure<Value> JsonPath::Assign(const Value& target, const Value& value, Meter* meter) const {
  Value result;
  if (is_reference() && AssignAt(compiled_->path->steps, 0, &target, value, meter, &result)) {
    return result;
  }
  return Failure{
      "States.ResultPathMatchFailure",
      absl::StrCat("Unable to apply ReferencePath ", text(), " to input ", JsonForMessage(target))};
}

}  // namespace pawl::expr
