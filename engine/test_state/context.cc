#include "engine/test_state/context.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/asl/context_parts.h"
#include "engine/expr/timestamp.h"

namespace pawl::test_state {
namespace {

using asl::ContextPart;
using asl::ContextParts;

Refusal InvalidContext(const std::string& why) {
  return {"ValidationException", absl::StrCat("Invalid Context object provided: ", why)};
}

bool IsRetriable(asl::StateType type) {
  return type == asl::StateType::kTask || type == asl::StateType::kMap ||
         type == asl::StateType::kParallel;
}

bool AwaitsToken(const asl::State& state) {
  const auto* task = std::get_if<asl::TaskFields>(&state.fields);
  return task != nullptr && task->resource.pattern == asl::IntegrationPattern::kWaitForTaskToken;
}

// Whether a task of this state has a token, or is told by one who watches it when it ends.
bool HasTaskContext(const asl::State& state) {
  const auto* task = std::get_if<asl::TaskFields>(&state.fields);
  return task != nullptr && task->resource.pattern != asl::IntegrationPattern::kRequestResponse;
}

// What a member of the context object's parts has to be; "" where it may be anything.
absl::string_view KindOf(absl::string_view field) {
  if (field == "Input") return "";
  return field == "RedriveCount" || field == "RetryCount" ? "number" : "string";
}

}  // namespace

Value MakeContext(const Request& request, const asl::State& state, const Value& input,
                  const World& world) {
  const std::string machine = world.random->NextUuid(), execution = world.random->NextUuid();
  const std::string arn = absl::StrCat("arn:aws:states:", world.region, ":", world.account, ":");
  const Value now = Value::String(expr::FormatTimestamp(world.now));
  Value::Members context = {
      {"Execution",
       Value::Object({{"Id", Value::String(absl::StrCat(arn, "express:", machine, ":", execution))},
                      {"Input", input},
                      {"Name", Value::String(execution)},
                      {"RoleArn", request.role_arn.has_value() ? Value::String(*request.role_arn)
                                                               : Value::Null()},
                      {"StartTime", now}})},
      {"StateMachine",
       Value::Object({{"Id", Value::String(absl::StrCat(arn, "stateMachine:", machine))},
                      {"Name", Value::String(machine)}})}};
  Value::Members members = {{"Name", Value::String(state.name)}, {"EnteredTime", now}};
  if (IsRetriable(state.type)) {
    members.emplace_back("RetryCount",
                         Value::Int(request.configuration.retrier_retry_count.value_or(0)));
  }
  context.emplace_back("State", Value::Object(std::move(members)));
  if (AwaitsToken(state)) {
    context.emplace_back("Task",
                         Value::Object({{"Token", Value::String(world.random->NextUuid())}}));
  }
  return Value::Object(std::move(context));
}

absl::optional<Refusal> CheckContext(const Value& context, const asl::State& state) {
  if (!context.is_object()) return InvalidContext("it must be a JSON object");
  if (context.Find("Map") != nullptr) {
    return InvalidContext("'Map' field is not supported when mocking a Context object");
  }
  if (context.Find("Task") != nullptr && !HasTaskContext(state)) {
    return InvalidContext(
        "'Task' field is only supported for Task states of the patterns .waitForTaskToken and "
        ".sync");
  }
  for (const auto& [name, value] : context.AsObject()) {
    const auto part = std::find_if(ContextParts().begin(), ContextParts().end(),
                                   [&name = name](const ContextPart& p) { return p.name == name; });
    if (part == ContextParts().end()) {
      return InvalidContext(absl::StrCat("Field '", name, "' is not allowed"));
    }
    if (!value.is_object()) {
      return InvalidContext(absl::StrCat("Field '", name, "' must be an object"));
    }
    for (const auto& [field, given] : value.AsObject()) {
      if (std::find(part->members.begin(), part->members.end(), field) == part->members.end()) {
        return InvalidContext(absl::StrCat("Field '", field, "' is not allowed"));
      }
      const absl::string_view kind = KindOf(field);
      if (!kind.empty() && KindName(given) != kind) {
        return InvalidContext(absl::StrCat(name, ".", field, " must be a ", kind));
      }
    }
  }
  return absl::nullopt;
}

}  // namespace pawl::test_state
