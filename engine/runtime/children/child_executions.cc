#include "engine/runtime/children/child_executions.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/aws/execution_record.h"
#include "engine/expr/expression.h"
#include "engine/expr/timestamp.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/range/slots.h"
#include "engine/value/json.h"

namespace pawl::runtime {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

persistence::ExecutionRef RefOf(const core::ParentLink& parent) {
  return {persistence::Slot(parent.slot), static_cast<int64_t>(parent.execution_id)};
}

// What StartExecution answers.
Payload StartOutput(const std::string& arn, absl::Time at, const std::string& request_id) {
  Value::Members answer = {{"ExecutionArn", Value::String(arn)}};
  aws::AddSdkMetadata(request_id, &answer);
  answer.emplace_back("StartDate", Value::String(expr::FormatTimestamp(at)));
  return Payload::FromValue(Value::Object(std::move(answer)));
}

// What .sync and .sync:2 give: DescribeExecution's answer.
Value Describe(const core::Execution& child, bool as_json) {
  const std::string status(core::StatusName(child.status()));
  aws::ExecutionRecord record;
  record.arn = child.header().arn;
  record.name = child.header().name;
  record.machine_arn = child.header().machine_arn;
  record.status = status;
  record.input = child.input();
  if (child.status() == core::ExecutionStatus::kSucceeded) record.output = child.output();
  record.error = child.error();
  record.cause = child.cause();
  record.redrive_status_reason = absl::StrCat("Execution is ", status, " and cannot be redriven");
  record.start = child.header().start_time;
  record.stop = child.stop_time();
  return aws::ToValue(record, as_json ? aws::RecordStyle::kSyncJson : aws::RecordStyle::kSync);
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

core::ChildEnded EndOfMapChild(const core::Execution& child) {
  core::ChildEnded command;
  command.map_run_redrive = child.parent()->map_run_redrive;
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

// What lies in another namespace is not there.
absl::Status NoSuchMachine(const std::string& region, const aws::MachineId& id) {
  return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                        absl::StrCat("State Machine Does Not Exist: '",
                                     aws::MachineArn({region, id.ns}, id.name), "'"));
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
            {MapChildMachine(pending->parent_machine, machine.substr(machine.find('/') + 1))});
}

bool ChildExecutions::MayStart(const std::string& from, const std::string& to) const {
  return from == to || !namespaces_->Has(to);
}

void ChildExecutions::StartTaskChild(const std::shared_ptr<Pending>& pending) {
  const std::string& ns = pending->parent_machine->info.ns;
  absl::StatusOr<aws::MachineId> id =
      aws::ParseMachine({arns_.region, ns}, pending->child.child.machine);
  if (!id.ok()) return Refused(pending, id.status());
  if (!MayStart(ns, id->ns)) return Refused(pending, NoSuchMachine(arns_.region, *id));
  if (const absl::Status status = aws::CheckName("execution name", pending->child.child.name);
      !status.ok()) {
    return Refused(pending, status);
  }
  find_machine_(*id, [this, pending](absl::StatusOr<MachineTarget> machine) {
    if (!machine.ok()) return Refused(pending, machine.status());
    StartWith(pending, *machine);
  });
}

void ChildExecutions::StartWith(const std::shared_ptr<Pending>& pending,
                                const MachineTarget& target) {
  const persistence::MachineRevision& info = target.machine->info;
  StartRequest request;
  request.target = target;
  request.name = pending->child.child.name;
  request.input = pending->child.input;
  request.parent = pending->child.parent;
  if (info.type == "EXPRESS") {
    // A Map Run starts its children again after a crash; nothing of them needs to be stored.
    request.recording = pending->child.is_map_child ? Recording::kNothing : Recording::kStart;
  }
  // Of an EXPRESS child nothing is stored that could be redriven: it is started again.
  request.is_redriven = pending->child.is_redriven && info.type != "EXPRESS";
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
    world_.strand->PostAfter(kRetryDelay, [this, pending] { Launch(pending); });
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
    command.map_run_redrive = pending->child.parent.map_run_redrive;
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
  if (parent->map_run >= 0) return Tell(*parent, EndOfMapChild(child.state));
  Tell(*parent, EndOfTask(child.state));
}

void ChildExecutions::StaysEnded(const LiveExecution& child, const core::ParentLink& asked) {
  core::ChildEnded command = EndOfMapChild(child.state);
  command.map_run_redrive = asked.map_run_redrive;
  command.is_not_redrivable = child.state.status() != core::ExecutionStatus::kSucceeded;
  Tell(asked, std::move(command));
}

void ChildExecutions::Stop(const LiveExecution& parent, const core::ChildRef& child) {
  aws::ExecutionId id{parent.row.ns, child.machine, child.name};
  if (child.machine.find('/') == std::string::npos) {
    absl::StatusOr<aws::MachineId> machine =
        aws::ParseMachine({arns_.region, id.ns}, child.machine);
    if (!machine.ok() || !MayStart(id.ns, machine->ns)) return;  // then it was never started
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
  router_->View(RefOf(*parent), parts,
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
  router_->Submit(RefOf(parent), std::move(copy),
                  [this, parent, command = std::move(command)](
                      const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
                    // What cannot be read is told again by the child's own checks, once it can.
                    const bool is_final = outcome.ok() || absl::IsNotFound(outcome.status()) ||
                                          absl::IsDataLoss(outcome.status());
                    if (is_final) return;
                    world_.strand->PostAfter(
                        kRetryDelay, [this, parent, command = std::move(command)]() mutable {
                          Tell(parent, std::move(command));
                        });
                  });
}

}  // namespace pawl::runtime
