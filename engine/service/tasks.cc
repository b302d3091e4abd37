#include "engine/service/tasks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/service/errors.h"
#include "engine/service/limits.h"
#include "engine/service/task_history.h"
#include "engine/service/task_poll.h"

namespace pawl::service {
namespace {

// Of a task, `status` without an error of its own.
absl::Status TaskError(const absl::Status& status) {
  if (absl::IsNotFound(status)) {
    return aws::MakeError(aws::Error::kTaskDoesNotExist,
                          "Task Does Not Exist: its execution is not known");
  }
  return status;
}

absl::Status NotJson(const absl::Status& why, const std::string& output) {
  constexpr size_t kMaxShownBytes = 1'024;
  return aws::MakeError(
      aws::Error::kInvalidOutput,
      absl::StrCat("Invalid Output: it is not JSON: ", std::string(why.message())),
      absl::StrCat("Invalid Output: '", CutText(output, kMaxShownBytes), "' is not valid JSON."));
}

absl::Status TimedOut(const std::string& activity) {
  constexpr char kUnknown[] = "Provided task does not exist anymore";
  const std::string text =
      absl::StrCat("Task Timed Out: '", activity.empty() ? kUnknown : activity, "'");
  return aws::MakeError(
      aws::Error::kTaskTimedOut,
      absl::StrCat(text, ". It was answered, has timed out, or its execution has ended"), text);
}

// Refuses the answer to a task that is over. AWS names the activity.
void RefuseLate(const Deps& deps, const CallContext& context, const std::string& token,
                Done<Empty> done) {
  const auto key = deps.node->tokens().Verify(context.ns, token);
  if (!key.ok()) return done(key.status());
  deps.RunBlocking<Empty>(
      context, runtime::ReadLane::kBulk,
      [key = *key](persistence::Store& store) -> absl::StatusOr<Empty> {
        const auto activity = ActivityOfAttempt(store, key.ref, key.scheduled);
        return TimedOut(activity.ok() ? *activity : "");
      },
      std::move(done));
}

runtime::CommandCallback TokenAnswer(const Deps& deps, const CallContext& context,
                                     const std::string& token, Done<Empty> done) {
  return [deps, context, token,
          done = std::move(done)](const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
    if (!outcome.ok()) return done(TaskError(outcome.status()));
    if (*outcome == core::CommandOutcome::kApplied) return done(Empty());
    RefuseLate(deps, context, token, std::move(done));
  };
}

absl::Status CheckToken(const Deps& deps, const CallContext& context, absl::string_view operation,
                        const std::string& token) {
  absl::Status status = CheckLength("taskToken", token, kMaxTaskTokenCharacters);
  if (!status.ok()) return status;
  return deps.authorizer->Check(context, operation, "");
}

}  // namespace

TaskResult Succeeded(std::string output_json) {
  TaskResult result;
  result.output = Payload::FromText(std::move(output_json));
  return result;
}

TaskResult Failed(absl::optional<std::string> error, absl::optional<std::string> cause) {
  TaskResult result;
  result.is_failure = true;
  result.error = Shorten(std::move(error), kMaxErrorCharacters);
  result.cause = Shorten(std::move(cause), kMaxCauseCharacters);
  return result;
}

void Tasks::SendSuccess(const CallContext& context, const std::string& token,
                        std::string output_json, Done<Empty> done) {
  absl::Status status = CheckToken(deps_, context, "SendTaskSuccess", token);
  if (!status.ok()) return done(std::move(status));
  JsonLimits limits;
  limits.max_depth = deps_.node->options().limits.expression.max_depth;
  absl::StatusOr<Payload> output = Payload::FromText(output_json, limits);
  // Told only of a token that is ours.
  if (!output.ok()) output = NotJson(output.status(), output_json);
  deps_.node->CompleteTask(context.ns, token, std::move(output), /*by_token=*/true,
                           TokenAnswer(deps_, context, token, std::move(done)));
}

void Tasks::SendFailure(const CallContext& context, const std::string& token,
                        absl::optional<std::string> error, absl::optional<std::string> cause,
                        Done<Empty> done) {
  absl::Status status = CheckToken(deps_, context, "SendTaskFailure", token);
  if (status.ok()) status = CheckFailure(error, cause);
  if (!status.ok()) return done(std::move(status));
  deps_.node->FailTask(context.ns, token, std::move(error), std::move(cause), /*by_token=*/true,
                       TokenAnswer(deps_, context, token, std::move(done)));
}

void Tasks::SendHeartbeat(const CallContext& context, const std::string& token, std::string details,
                          Done<Empty> done) {
  absl::Status status = CheckToken(deps_, context, "SendTaskHeartbeat", token);
  if (status.ok()) status = CheckHeartbeatDetails(details);
  if (!status.ok()) return done(std::move(status));
  deps_.node->Heartbeat(
      context.ns, token, std::move(details),
      [deps = deps_, context, token, done = std::move(done)](const absl::Status& beat) mutable {
        if (beat.ok()) return done(Empty());
        if (absl::IsFailedPrecondition(beat)) {
          return RefuseLate(deps, context, token, std::move(done));
        }
        done(TaskError(beat));
      });
}

void Tasks::Complete(const CallContext& context, const std::string& token, const TaskResult& result,
                     Done<core::CommandOutcome> done) {
  absl::Status status = CheckToken(deps_, context, "CompleteTask", token);
  if (!status.ok()) return done(std::move(status));
  if (result.is_failure) {
    return deps_.node->FailTask(context.ns, token, result.error, result.cause, /*by_token=*/false,
                                std::move(done));
  }
  deps_.node->CompleteTask(context.ns, token, result.output, /*by_token=*/false, std::move(done));
}

void Tasks::Heartbeat(const CallContext& context, const std::string& token, std::string details,
                      Done<bool> done) {
  absl::Status status = CheckToken(deps_, context, "HeartbeatTask", token);
  if (status.ok()) status = CheckHeartbeatDetails(details);
  if (!status.ok()) return done(std::move(status));
  const auto key = deps_.node->tokens().Verify(context.ns, token);
  if (!key.ok()) return done(key.status());
  deps_.node->queues().LeaseFor(*key, kDefaultLease);
  deps_.node->Heartbeat(context.ns, token, std::move(details),
                        [done = std::move(done)](const absl::Status& beat) mutable {
                          if (beat.ok()) return done(true);
                          if (absl::IsFailedPrecondition(beat) || absl::IsNotFound(beat)) {
                            return done(false);
                          }
                          done(beat);
                        });
}

}  // namespace pawl::service
