#include "engine/aws/arn.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"

namespace pawl::aws {
namespace {

constexpr size_t kMaxNameLength = 80;
constexpr absl::string_view kForbidden = " <>{}[]?*\"#%\\^|~`$&,;:/";

std::string Prefix(const ArnContext& context, absl::string_view kind) {
  return absl::StrCat("arn:aws:states:", context.region, ":", context.account, ":", kind, ":");
}

// The six or more parts of a states ARN; empty where it is none.
std::vector<std::string> SplitArn(absl::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() < 7 || parts[0] != "arn" || parts[2] != "states") return {};
  return parts;
}

// The error for a text that does not name a `kind`.
absl::Status NotAn(absl::string_view kind, absl::string_view text) {
  const std::vector<std::string> parts = SplitArn(text);
  if (parts.empty() || parts[5] == kind) {
    return MakeError(Error::kInvalidArn,
                     absl::StrCat("Invalid Arn: 'Invalid ARN prefix: ", std::string(text), "'"));
  }
  return MakeError(
      Error::kInvalidArn,
      absl::StrCat("Invalid Arn: 'Resource type not valid in this context: ", parts[5], "'"));
}

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// Puts what stands behind a machine's name into `machine`; false for a version that is none.
bool Qualify(const std::string& qualifier, MachineId* machine) {
  if (!IsNumber(qualifier)) {
    machine->alias = qualifier;
    return !qualifier.empty();
  }
  return absl::SimpleAtoi(qualifier, &machine->version) && machine->version > 0;
}

}  // namespace

std::string VersionArn(const ArnContext& context, absl::string_view machine, int64_t version) {
  return absl::StrCat(MachineArn(context, machine), ":", version);
}

std::string AliasArn(const ArnContext& context, absl::string_view machine,
                     absl::string_view alias) {
  return absl::StrCat(MachineArn(context, machine), ":", alias);
}

std::string ActivityArn(const ArnContext& context, absl::string_view activity) {
  return absl::StrCat(Prefix(context, "activity"), activity);
}

std::string ArnOf(const ArnContext& context, const MachineId& machine) {
  const ArnContext of{context.region, machine.ns};
  if (machine.version != 0) return VersionArn(of, machine.name, machine.version);
  if (!machine.alias.empty()) return AliasArn(of, machine.name, machine.alias);
  return MachineArn(of, machine.name);
}

std::string MachineArn(const ArnContext& context, absl::string_view machine) {
  return absl::StrCat(Prefix(context, "stateMachine"), machine);
}

std::string ExecutionArn(const ArnContext& context, absl::string_view machine,
                         absl::string_view name) {
  return absl::StrCat(Prefix(context, "execution"), machine, ":", name);
}

absl::Status CheckArn(absl::string_view text, std::initializer_list<absl::string_view> kinds) {
  const std::vector<std::string> parts = SplitArn(text);
  for (const absl::string_view kind : kinds) {
    if (parts.empty() || parts[5] != kind) continue;
    if (kind == "stateMachine" && absl::StrContains(parts[6], "/")) {
      return MakeError(Error::kLabeledArn,
                       absl::StrCat("This operation is not supported for the state of a "
                                    "Distributed Map: '",
                                    std::string(text), "'"));
    }
    return absl::OkStatus();
  }
  return NotAn("", text);
}

bool IsExpressName(absl::string_view name) { return absl::StrContains(name, ':'); }

absl::Status CheckHasHistory(absl::string_view name) {
  if (!IsExpressName(name)) return absl::OkStatus();
  return MakeError(
      Error::kStateMachineTypeNotSupported,
      "This operation is not supported by this type of state machine: EXPRESS executions keep no "
      "history; what happens in them is in the engine's log (flag --express-log)");
}

std::string ExpressArn(const ArnContext& context, absl::string_view machine,
                       absl::string_view name) {
  return absl::StrCat(Prefix(context, "express"), machine, ":", name);
}

absl::StatusOr<MachineId> ParseMachine(const ArnContext& context, absl::string_view text) {
  MachineId machine;
  std::vector<std::string> behind;  // name, and version or alias
  if (absl::StartsWith(text, "arn:")) {
    std::vector<std::string> parts = SplitArn(text);
    if (parts.size() < 7 || parts[5] != "stateMachine") return NotAn("stateMachine", text);
    machine.ns = parts[4];
    behind.assign(parts.begin() + 6, parts.end());
  } else {
    machine.ns = context.account;
    behind = absl::StrSplit(text, absl::MaxSplits(':', 1));
    absl::Status status = CheckName("state machine name", behind[0]);
    if (!status.ok()) return status;
  }
  machine.name = behind[0];
  if (machine.name.empty() || behind.size() > 2) return NotAn("stateMachine", text);
  if (behind.size() == 2 && !Qualify(behind[1], &machine)) return NotAn("stateMachine", text);
  return machine;
}

absl::StatusOr<ActivityId> ParseActivity(const ArnContext& context, absl::string_view text) {
  if (!absl::StartsWith(text, "arn:")) {
    absl::Status status = CheckName("activity name", text);
    if (!status.ok()) return status;
    return ActivityId{context.account, std::string(text)};
  }
  const std::vector<std::string> parts = SplitArn(text);
  if (parts.size() != 7 || parts[5] != "activity" || parts[6].empty()) {
    return NotAn("activity", text);
  }
  return ActivityId{parts[4], parts[6]};
}

absl::StatusOr<ExecutionId> ParseExecution(const ArnContext& context, absl::string_view text) {
  if (!absl::StartsWith(text, "arn:")) {
    const std::vector<std::string> parts = absl::StrSplit(text, '/');
    if (parts.size() == 3 && !parts[0].empty() && !parts[1].empty() && !parts[2].empty()) {
      return ExecutionId{context.account, absl::StrCat(parts[0], "/", parts[1]), parts[2]};
    }
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      return MakeError(Error::kInvalidArn,
                       absl::StrCat("'", std::string(text),
                                    "' is not an execution: give its ARN or MACHINE/NAME"));
    }
    return ExecutionId{context.account, parts[0], parts[1]};
  }
  const std::vector<std::string> parts = SplitArn(text);
  if (parts.size() == 9 && parts[5] == "express" && !parts[6].empty()) {
    return ExecutionId{parts[4], parts[6], absl::StrCat(parts[7], ":", parts[8])};
  }
  if (parts.size() != 8 || parts[5] != "execution" || parts[6].empty() || parts[7].empty()) {
    return NotAn("execution", text);
  }
  return ExecutionId{parts[4], parts[6], parts[7]};
}

absl::StatusOr<MapRunRef> ParseMapRun(const ArnContext&, absl::string_view text) {
  const std::vector<std::string> parts = SplitArn(text);
  if (parts.size() != 8 || parts[5] != "mapRun" || !absl::StrContains(parts[6], "/")) {
    return NotAn("mapRun", text);
  }
  const absl::optional<MapRunId> id = ParseMapRunUuid(parts[7]);
  if (!id.has_value() || id->index != MapRunId::kRunItself) {
    return MakeError(Error::kResourceNotFound,
                     absl::StrCat("Map Run Does Not Exist: '", std::string(text), "'"));
  }
  MapRunRef run;
  run.ns = parts[4];
  run.run = *id;
  run.child_machine = parts[6];
  run.child_prefix = parts[7].substr(0, kMapRunUuidPrefix);
  return run;
}

std::string MapRunArnOfChild(const ArnContext& context, absl::string_view machine,
                             absl::string_view name) {
  if (!absl::StrContains(machine, "/")) return "";
  absl::optional<MapRunId> id = ParseMapRunUuid(name);
  if (!id.has_value()) return "";
  id->index = MapRunId::kRunItself;
  return absl::StrCat(Prefix(context, "mapRun"), machine, ":", MapRunUuid(*id));
}

absl::Status CheckAliasName(absl::string_view name) {
  const bool is_plain = absl::c_all_of(name, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
  });
  if (is_plain && !name.empty() && name.size() <= kMaxNameLength && !IsNumber(name)) {
    return absl::OkStatus();
  }
  return MakeError(Error::kValidation,
                   absl::StrCat("the name of an alias must have 1 to 80 letters, digits or any of "
                                "-_. and not digits only: '",
                                SafeLines(name), "'"));
}

absl::Status CheckRoleArn(absl::string_view role_arn) {
  if (role_arn.empty()) return absl::OkStatus();
  const std::vector<absl::string_view> parts = absl::StrSplit(role_arn, absl::MaxSplits(':', 5));
  if (parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" && IsNumber(parts[4]) &&
      absl::StartsWith(parts[5], "role/") && parts[5].size() > 5) {
    return absl::OkStatus();
  }
  return MakeError(Error::kInvalidArn,
                   absl::StrCat("Invalid Role Arn: '", std::string(role_arn), "'"));
}

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  const auto refuse = [name](const std::string& message) {
    return MakeError(Error::kInvalidName, message,
                     absl::StrCat("Invalid Name: '", std::string(name), "'"));
  };
  size_t characters = 0;
  for (size_t i = 0; i < name.size(); ++characters) {
    const size_t length = Utf8SequenceLength(name, i);
    // Marks that reorder or hide text would let a name pass for another one.
    const bool is_unsafe = length == 0 || IsUnsafeOnTerminal(DecodeUtf8(name.substr(i, length)));
    if (is_unsafe || kForbidden.find(name[i]) != absl::string_view::npos) {
      return refuse(absl::StrCat("Invalid Name: '", SafeLines(name), "': the ", std::string(what),
                                 " must not hold white space, control characters, invisible or "
                                 "bidirectional marks, or any of <>{}[]?*\"#%\\^|~`$&,;:/"));
    }
    i += length;
  }
  if (characters == 0 || characters > kMaxNameLength) {
    return refuse(absl::StrCat("Invalid Name: the ", std::string(what),
                               " must have 1 to 80 characters, this one has ", characters));
  }
  return absl::OkStatus();
}

}  // namespace pawl::aws
