// Names of things, as AWS forms them. People may type bare names.
#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/aws/map_run_uuid.h"

namespace pawl::aws {

struct ArnContext {
  std::string region;
  std::string account;
};

std::string MachineArn(const ArnContext& context, absl::string_view machine);
std::string VersionArn(const ArnContext& context, absl::string_view machine, int64_t version);
std::string AliasArn(const ArnContext& context, absl::string_view machine, absl::string_view alias);
std::string ActivityArn(const ArnContext& context, absl::string_view activity);
std::string ExecutionArn(const ArnContext& context, absl::string_view machine,
                         absl::string_view name);

// Whether an execution of that name is an EXPRESS one: these have ":ID" added to what they were
// started as, for their names need not be unique.
bool IsExpressName(absl::string_view name);
// FailedPrecondition for EXPRESS executions, which keep no history.
absl::Status CheckHasHistory(absl::string_view name);
// `name` is NAME:UUID.
std::string ExpressArn(const ArnContext& context, absl::string_view machine,
                       absl::string_view name);

// Whether `text` is an ARN of this service and names one of `kinds` ("stateMachine", "execution",
// "express", "mapRun", "activity"). InvalidArn in AWS's words.
absl::Status CheckArn(absl::string_view text, std::initializer_list<absl::string_view> kinds);

struct MachineId {
  std::string ns;  // the account
  std::string name;
  // What is behind the name, if anything: digits are a version, all else is an alias.
  int64_t version = 0;
  std::string alias = {};
  bool is_qualified() const { return version != 0 || !alias.empty(); }
};
struct ActivityId {
  std::string ns;  // the account
  std::string name;
};
struct ExecutionId {
  std::string ns;
  std::string machine;
  std::string name;
};

// An ARN, or a bare name in the default account, with or without ":VERSION" or ":ALIAS". InvalidArn,
// InvalidName.
absl::StatusOr<MachineId> ParseMachine(const ArnContext& context, absl::string_view text);
// An ARN, or a bare name in the default account. InvalidArn, InvalidName.
absl::StatusOr<ActivityId> ParseActivity(const ArnContext& context, absl::string_view text);
// The ARN again, with its version or alias.
std::string ArnOf(const ArnContext& context, const MachineId& machine);
// An ARN, MACHINE/NAME or, of a child of a Map Run, MACHINE/LABEL/NAME.
absl::StatusOr<ExecutionId> ParseExecution(const ArnContext& context, absl::string_view text);

struct MapRunRef {
  std::string ns;  // the account
  MapRunId run;
  std::string child_machine;  // "MACHINE/LABEL"
  // What the names of its children begin with.
  std::string child_prefix;
};
// An ARN: arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:UUID. InvalidArn; ResourceNotFound for a
// UUID that no Map Run has.
absl::StatusOr<MapRunRef> ParseMapRun(const ArnContext& context, absl::string_view text);
// The ARN of the Map Run that such an execution belongs to; "" where it is no child of one.
std::string MapRunArnOfChild(const ArnContext& context, absl::string_view machine,
                             absl::string_view name);

// AWS's rule for names of aliases: 1 to 80 of the characters a-zA-Z0-9-_. and not digits only.
absl::Status CheckAliasName(absl::string_view name);
// InvalidArn for a text that is no IAM role's ARN; the role need not exist, and may be left out ("").
absl::Status CheckRoleArn(absl::string_view role_arn);

// AWS's rule for machine and execution names: 1 to 80 characters, none of the forbidden ones.
// InvalidArgument names the rule; `what` is "name", "execution name"...
absl::Status CheckName(absl::string_view what, absl::string_view name);

}  // namespace pawl::aws
