#include "engine/runtime/child_executions.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/expr/expression.h"
#include "engine/expr/timestamp.h"
#include "engine/runtime/live_execution.h"
#include "engine/runtime/slots.h"
#include "engine/value/json.h"

namespace pawl::runtime {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

persistence::ExecutionRef RefOf(const core::ParentLink& parent) {
  return {static_cast<persistence::Slot>(parent.slot), static_cast<int64_t>(parent.execution_id)};
}

// What StartExecution answers, around it the SDK's metadata as AWS has them.
Payload StartOutput(const std::string& arn, absl::Time at, const std::string& request_id) {
  return Payload::FromValue(Value::Object(
      {{"ExecutionArn", Value::String(arn)},
       {"SdkHttpMetadata", Value::Object({{"AllHttpHeaders", Value::EmptyObject()},
                                          {"HttpHeaders", Value::EmptyObject()},
                                          {"HttpStatusCode", Value::Int(200)}})},
       {"SdkResponseMetadata", Value::Object({{"RequestId", Value::String(request_id)}})},
       {"StartDate", Value::String(expr::FormatTimestamp(at))}}));
}

// DescribeExecution's answer, as .sync gives it; .sync:2 gives input and output as JSON.
Value Describe(const core::Execution& child, bool as_json) {
  const auto json = [as_json](const Payload& payload) {
    return as_json ? payload.value() : Value::String(payload.text());
  };
  const Value included = Value::Object({{"Included", Value::Bool(true)}});
  const std::string status(core::StatusName(child.status()));
  const bool has_succeeded = child.status() == core::ExecutionStatus::kSucceeded;
  Value::Members members;
  if (child.cause().has_value()) members.emplace_back("Cause", Value::String(*child.cause()));
  if (child.error().has_value()) members.emplace_back("Error", Value::String(*child.error()));
  members.emplace_back("ExecutionArn", Value::String(child.header().arn));
  members.emplace_back("Input", json(child.input()));
  members.emplace_back("InputDetails", included);
  members.emplace_back("Name", Value::String(child.header().name));
  if (has_succeeded) {
    members.emplace_back("Output", json(child.output()));
    members.emplace_back("OutputDetails", included);
  }
  members.emplace_back("RedriveCount", Value::Int(0));
  members.emplace_back("RedriveStatus", Value::String("NOT_REDRIVABLE"));
  members.emplace_back(
      "RedriveStatusReason",
      Value::String(absl::StrCat("Execution is ", status, " and cannot be redriven")));
  members.emplace_back("StartDate", Value::Int(absl::ToUnixMillis(child.header().start_time)));
  members.emplace_back("StateMachineArn", Value::String(child.header().machine_arn));
  members.emplace_back("Status", Value::String(status));
  members.emplace_back("StopDate", Value::Int(absl::ToUnixMillis(child.stop_time())));
  return Value::Object(std::move(members));
}

core::Command EndOfTask(const core::Execution& child) {
  const core::ParentLink& parent = *child.parent();
  if (child.status() == core::ExecutionStatus::kSucceeded) {
    core::CompleteTask command;
    command.scheduled = parent.scheduled;
    command.output = Payload::FromValue(Describe(child, parent.wants_json));
    command.by_token = true;
    return command;
  }
  core::FailTask command;
  command.scheduled = parent.scheduled;
  command.error = "States.TaskFailed";
  command.cause = ToJson(Describe(child, /*as_json=*/false));
  command.by_token = true;
  return command;
}

core::Command EndOfMapChild(const core::Execution& child) {
  core::ChildEnded command;
  command.map_run = child.parent()->map_run;
  command.index = child.parent()->index;
  command.status = child.status();
  command.output = child.output();
  command.error = child.error();
  command.cause = child.cause();
  command.started_at = child.header().start_time;
  return command;
}

core::StopExecution NobodyWaits() {
  return {absl::nullopt,
          "Stopped because nobody waits for it any more: the execution that started it has ended "
          "or gone on"};
}

}  // namespace

struct ChildExecutions::Pending {
  MachinePtr parent_machine;
  core::ChildToStart child;
};

void ChildExecutions::Start(const LiveExecution& parent, const core::ChildToStart& child) {
  Launch(std::make_shared<Pending>(Pending{parent.machine, child}));
}

void ChildExecutions::Launch(const std::shared_ptr<Pending>& pending) {
  if (!pending->child.is_map_child) return StartTaskChild(pending);
  // A part of the definition that the parent runs by, so the machine needs no look-up.
  const std::string& machine = pending->child.child.machine;  // NAME/LABEL
  StartWith(pending,
            MapChildMachine(pending->parent_machine, machine.substr(machine.find('/') + 1)));
}

void ChildExecutions::StartTaskChild(const std::shared_ptr<Pending>& pending) {
  absl::StatusOr<MachineId> id = ParseMachine(arns_, pending->child.child.machine);
  if (!id.ok()) return Refused(pending, id.status());
  if (const absl::Status status = CheckName("execution name", pending->child.child.name);
      !status.ok()) {
    return Refused(pending, status);
  }
  find_machine_(*id, [this, pending](absl::StatusOr<MachinePtr> machine) {
    if (!machine.ok()) return Refused(pending, machine.status());
    StartWith(pending, *machine);
  });
}

void ChildExecutions::StartWith(const std::shared_ptr<Pending>& pending,
                                const MachinePtr& machine) {
  const persistence::MachineRevision& info = machine->info;
  StartRequest request;
  request.machine = machine;
  request.name = pending->child.child.name;
  request.input = pending->child.input;
  request.parent = pending->child.parent;
  if (info.type == "EXPRESS") {
    // A Map Run starts its children again after a crash; nothing of them needs to be stored.
    request.recording = pending->child.is_map_child ? Recording::kNothing : Recording::kStart;
  }
  const persistence::Slot slot = SlotOf(info.ns, info.name, request.name);
  router_->Start(slot, std::move(request), [this, pending](absl::StatusOr<StartResult> result) {
    if (!result.ok()) return Refused(pending, result.status());
    Started(pending, result->arn, result->start_time);
  });
}

void ChildExecutions::Started(const std::shared_ptr<Pending>& pending, const std::string& arn,
                              absl::Time at) {
  if (pending->child.is_map_child || pending->child.is_submitted) return;
  core::CompleteTask command;
  command.scheduled = pending->child.parent.scheduled;
  command.output = StartOutput(arn, at, expr::RandomSource(world_.seed()).NextUuid());
  command.started = core::Started{at, absl::nullopt};
  Tell(pending->child.parent, std::move(command));
}

void ChildExecutions::Refused(const std::shared_ptr<Pending>& pending, const absl::Status& status) {
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) {
    strand_->PostAfter(kRetryDelay, [this, pending] { Launch(pending); });
    return;
  }
  const std::string request_id = expr::RandomSource(world_.seed()).NextUuid();
  std::string code = "ValidationException";
  std::string message(status.message());
  if (absl::IsNotFound(status)) {
    code = "StateMachineDoesNotExist";
    message = absl::StrCat("State Machine Does Not Exist: '", pending->child.child.machine, "'");
  } else if (absl::IsAlreadyExists(status)) {
    code = "ExecutionAlreadyExists";
  } else if (aws::ErrorOf(status) == aws::Error::kInvalidName) {
    code = "InvalidName";
  } else if (aws::ErrorOf(status) == aws::Error::kInvalidArn) {
    code = "InvalidArn";
  }
  const std::string cause =
      absl::StrCat(message, " (Service: AWSStepFunctions; Status Code: 400; Error Code: ", code,
                   "; Request ID: ", request_id, "; Proxy: null)");
  if (pending->child.is_map_child) {
    core::ChildEnded command;
    command.map_run = pending->child.parent.map_run;
    command.index = pending->child.parent.index;
    command.status = core::ExecutionStatus::kFailed;
    command.error = absl::StrCat("StepFunctions.", code);
    command.cause = cause;
    command.started_at = world_.clock->Now();
    return Tell(pending->child.parent, std::move(command));
  }
  core::FailTask command;
  command.scheduled = pending->child.parent.scheduled;
  command.error =
      absl::StrCat("StepFunctions.", code, code == "ValidationException" ? "" : "Exception");
  command.cause = cause;
  command.started = core::Started{world_.clock->Now(), absl::nullopt};
  Tell(pending->child.parent, std::move(command));
}

void ChildExecutions::Ended(const LiveExecution& child) {
  const absl::optional<core::ParentLink>& parent = child.state.parent();
  if (!parent.has_value() || !parent->is_awaited) return;
  Tell(*parent, parent->map_run >= 0 ? EndOfMapChild(child.state) : EndOfTask(child.state));
}

void ChildExecutions::Stop(const LiveExecution& parent, const core::ChildRef& child) {
  ExecutionId id{parent.row.ns, child.machine, child.name};
  if (child.machine.find('/') == std::string::npos) {
    absl::StatusOr<MachineId> machine = ParseMachine(arns_, child.machine);
    if (!machine.ok()) return;  // then it was never started
    id.ns = machine->ns;
    id.machine = machine->name;
  }
  router_->StopByName(id, NobodyWaits());
}

void ChildExecutions::CheckParent(const LiveExecution& child) {
  const absl::optional<core::ParentLink>& parent = child.state.parent();
  if (!parent.has_value() || !parent->is_awaited) return;
  ViewParts parts;
  parts.child = *parent;
  router_->View(RefOf(*parent), std::move(parts),
                [this, ref = child.row.ref](const absl::StatusOr<ExecutionView>& found) {
                  // Other errors pass: it is asked again next time.
                  if (!found.ok() && !absl::IsNotFound(found.status())) return;
                  if (found.ok() && found->awaits_child) return;
                  router_->Submit(ref, NobodyWaits(),
                                  [](const absl::StatusOr<core::CommandOutcome>&) {});
                });
}

// Until it is taken, or the parent is no more.
void ChildExecutions::Tell(const core::ParentLink& parent, core::Command command) {
  core::Command copy = command;
  router_->Submit(
      RefOf(parent), std::move(copy),
      [this, parent,
       command = std::move(command)](const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
        // What cannot be read is told again by the child's own checks, once it can.
        const bool is_final = outcome.ok() || absl::IsNotFound(outcome.status()) ||
                              absl::IsDataLoss(outcome.status());
        if (is_final) return;
        strand_->PostAfter(kRetryDelay, [this, parent, command = std::move(command)]() mutable {
          Tell(parent, std::move(command));
        });
      });
}

}  // namespace pawl::runtime
