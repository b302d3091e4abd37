#include "cli/deploy/evaluator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

constexpr size_t kMaxSteps = 2'000'000;                    // values that are looked at
constexpr size_t kMaxDepth = 500;                          // of values and of what they refer to
constexpr uint64_t kMaxBytes = uint64_t{8} * 1024 * 1024;  // of one result

bool IsFunction(absl::string_view name) { return name == "Ref" || absl::StartsWith(name, "Fn::"); }

}  // namespace

std::string VersionStandIn(const std::string& machine_arn, absl::string_view logical_id) {
  return absl::StrCat(machine_arn, ":{", logical_id, "}");
}

bool HasVersionStandIn(absl::string_view text) {
  for (size_t at = text.find(":stateMachine:"); at != absl::string_view::npos;
       at = text.find(":stateMachine:", at + 1)) {
    const absl::string_view rest = text.substr(at, text.find('"', at) - at);
    if (absl::StrContains(rest, ":{") && absl::EndsWith(rest, "}")) return true;
  }
  return false;
}

Evaluator::Evaluator(const Template* source, const Settings& settings, Parameters* parameters,
                     std::vector<Note>* stand_ins)
    : source_(*source), settings_(settings), parameters_(parameters), stand_ins_(stand_ins) {}

absl::Status Evaluator::At(const std::string& pointer, absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(source_.Where(pointer), ": ", message));
}

absl::Status Evaluator::CheckSize(uint64_t bytes, const std::string& pointer) const {
  if (bytes <= kMaxBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      source_.Where(pointer), ": what the functions make has more than ", kMaxBytes, " bytes"));
}

const Value* Evaluator::Section(absl::string_view section, absl::string_view name) const {
  const Value* members = source_.root.Find(section);
  return members == nullptr || !members->is_object() ? nullptr : members->Find(name);
}

void Evaluator::NoteStandIn(const std::string& pointer, const std::string& key,
                            const std::string& value) {
  constexpr size_t kMost = 200;
  if (!notes_stand_ins_ || noted_.size() >= kMost || !noted_.insert(key).second) return;
  stand_ins_->push_back({source_.Where(pointer), absl::StrCat(key, "=", value)});
}

absl::StatusOr<Value> Evaluator::Evaluate(const Value& value, const std::string& pointer) {
  Result result = Eval(value, pointer);
  if (!result.ok()) return result.status();
  return result->value_or(Value::Null());
}

absl::StatusOr<std::string> Evaluator::EvaluateText(const Value& value,
                                                    const std::string& pointer) {
  absl::StatusOr<Value> result = Evaluate(value, pointer);
  if (!result.ok()) return result.status();
  if (result->is_string()) return result->AsString();
  if (result->is_number() || result->is_bool()) return ToJson(*result);
  return At(pointer, absl::StrCat("expected a text, got ", std::string(KindName(*result))));
}

Evaluator::Result Evaluator::Eval(const Value& value, const std::string& pointer) {
  if (++steps_ > kMaxSteps) {
    return absl::ResourceExhaustedError(absl::StrCat(
        source_.Where(pointer), ": the functions lead to more than ", kMaxSteps, " values"));
  }
  if (!value.is_array() && !value.is_object()) return absl::optional<Value>(value);
  if (depth_ >= kMaxDepth) {
    return absl::ResourceExhaustedError(
        absl::StrCat(source_.Where(pointer), ": values and references are nested more than ",
                     kMaxDepth, " deep"));
  }
  ++depth_;
  Result result = value.is_array() ? EvalArray(value, pointer) : EvalObject(value, pointer);
  --depth_;
  if (!result.ok() || !result->has_value()) return result;
  if (absl::Status status = CheckSize((*result)->weight(), pointer); !status.ok()) return status;
  return result;
}

Evaluator::Result Evaluator::EvalArray(const Value& value, const std::string& pointer) {
  Value::Elements elements;
  size_t i = 0;
  for (const Value& element : value.AsArray()) {
    Result result = Eval(element, absl::StrCat(pointer, "/", i++));
    if (!result.ok()) return result;
    if (result->has_value()) elements.push_back(**std::move(result));
  }
  return absl::optional<Value>(Value::Array(std::move(elements)));
}

Evaluator::Result Evaluator::EvalObject(const Value& value, const std::string& pointer) {
  const Value::Members& all = value.AsObject();
  if (all.size() == 1 && IsFunction(all[0].first)) {
    const Function function = FunctionOf(all[0].first);
    if (function == nullptr) {
      return At(pointer, absl::StrCat(all[0].first, " is not evaluated here; write its value"));
    }
    return (this->*function)(all[0].second, Within(pointer, all[0].first));
  }
  Value::Members members;
  for (const auto& [name, member] : all) {
    Result result = Eval(member, Within(pointer, name));
    if (!result.ok()) return result;
    if (result->has_value()) members.emplace_back(name, **std::move(result));
  }
  return absl::optional<Value>(Value::Object(std::move(members)));
}

}  // namespace pawl::deploy
