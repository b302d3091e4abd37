// "$$" (AWS guide, "Context object").
#include <utility>

#include "engine/core/interpreter.h"
#include "engine/expr/timestamp.h"

namespace pawl::core {

Value Interpreter::ContextObject(const Frame& frame, EventId token_for) const {
  if (world_.inspection != nullptr && world_.inspection->context.has_value()) {
    return *world_.inspection->context;
  }
  const ExecutionHeader& header = e_.header();
  Value::Members context;
  Value::Members execution = {
      {"Id", Value::String(header.arn)},
      {"Input", e_.input().value()},
      {"Name", Value::String(header.name)},
      {"RoleArn", Value::String(header.role_arn)},
      {"StartTime", Value::String(expr::FormatTimestamp(header.start_time))}};
  // Recorded from AWS: the context of a synchronous EXPRESS execution does not have it.
  if (!header.IsExpress()) {
    execution.emplace_back("RedriveCount", Value::Int(e_.redrive_count()));
    if (e_.redrive_count() > 0) {
      execution.emplace_back("RedriveTime",
                             Value::String(expr::FormatTimestamp(e_.redrive_time())));
    }
  }
  context.emplace_back("Execution", Value::Object(std::move(execution)));
  context.emplace_back("StateMachine",
                       Value::Object({{"Id", Value::String(header.machine_arn)},
                                      {"Name", Value::String(header.machine_name)}}));
  Value::Members state = {{"Name", Value::String(StateOf(frame).name)},
                          {"EnteredTime", Value::String(expr::FormatTimestamp(frame.entered_at))}};
  if (StateOf(frame).type == asl::StateType::kTask) {
    state.emplace_back("RetryCount", Value::Int(frame.retry_count));
  }
  context.emplace_back("State", Value::Object(std::move(state)));
  if (token_for != kNoEvent) {
    context.emplace_back(
        "Task", Value::Object({{"Token", Value::String(world_.tokens->Mint(e_, token_for))}}));
  }
  return Value::Object(std::move(context));
}

}  // namespace pawl::core
