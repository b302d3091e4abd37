// pawl machine create|update|validate|list|show|delete; test-state stands in test_state.cc
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/definition_file.h"
#include "cli/diagnostics.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/tag.h"
#include "cli/test_state.h"
#include "cli/text.h"
#include "engine/asl/lint.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

const Flag kTypeFlag = {"type", Flag::Kind::kChoice, "standard|express", "[standard]"};

v1::StateMachineType TypeOf(const Arguments& args) {
  return args.Text("type") == "express" ? v1::STATE_MACHINE_TYPE_EXPRESS
                                        : v1::STATE_MACHINE_TYPE_STANDARD;
}

// "[NAME] FILE": the name stands alone or in the file's name.
struct Source {
  std::string name;
  Definition definition;
};

absl::StatusOr<Source> ReadSource(const Arguments& args) {
  const std::string& path = args.positional().back();
  const bool is_named = args.positional().size() > 1;
  if (path == "-" && !is_named) {
    return absl::InvalidArgumentError("a definition from standard input needs a name: NAME -");
  }
  absl::StatusOr<Definition> definition = ReadDefinition(path);
  if (!definition.ok()) return definition.status();
  return Source{is_named ? args.At(0) : NameFromPath(path), *std::move(definition)};
}

void NoteDiagnostics(Invocation& call, const Source& source, Diagnostics diagnostics) {
  if (diagnostics.empty()) return;
  PlaceInFile(source.definition, &diagnostics);
  std::string text = RenderDiagnostics(source.definition.path(), source.definition.text(),
                                       diagnostics, call.console().note_palette());
  text.pop_back();
  call.console().Note(text);
}

// The engine refused a definition: everything that is wrong with it, not only what the status says.
ExitCode RefuseDefinition(Invocation& call, const Source& source, const absl::Status& status) {
  if (absl::IsInvalidArgument(status)) {
    v1::StateMachinesValidateRequest request;
    request.set_definition(source.definition.json());
    request.set_type(TypeOf(call.args()));
    v1::StateMachinesValidateResponse response;
    if (call.engine().Call(request, &response).ok() && !response.ok()) {
      NoteDiagnostics(call, source, response.diagnostics());
      return call.Refuse(absl::InvalidArgumentError(
          absl::StrCat(CountDiagnostics(response.diagnostics()), " in ", source.definition.path(),
                       "; nothing was stored")));
    }
  }
  return call.Refuse(status);
}

template <typename Response>
ExitCode Stored(Invocation& call, const Source& source, const Response& response,
                const char* done) {
  NoteDiagnostics(call, source, response.diagnostics());
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response.state_machine()));
    return ExitCode::kOk;
  }
  const Palette& paint = call.console().palette();
  call.console().Line(absl::StrCat(
      paint(Style::kGood, "✔ "), done, " ", paint(Style::kAccent, response.state_machine().name()),
      paint(Style::kDim, absl::StrCat("  revision ", response.state_machine().revision()))));
  return ExitCode::kOk;
}

ExitCode SendUpdate(Invocation& call, const Source& source) {
  v1::StateMachinesUpdateRequest request;
  request.set_state_machine(source.name);
  request.set_definition(source.definition.json());
  if (call.args().Has("role")) request.set_role_arn(call.args().Text("role"));
  v1::StateMachinesUpdateResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  return status.ok() ? Stored(call, source, response, "updated")
                     : RefuseDefinition(call, source, status);
}

ExitCode Create(Invocation& call) {
  absl::StatusOr<Source> source = ReadSource(call.args());
  if (!source.ok()) return call.Usage(std::string(source.status().message()));
  v1::StateMachinesCreateRequest request;
  request.set_name(source->name);
  request.set_definition(source->definition.json());
  request.set_type(TypeOf(call.args()));
  request.set_role_arn(call.args().Text("role"));
  v1::StateMachinesCreateResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (status.ok()) return Stored(call, *source, response, "created");
  if (absl::IsAlreadyExists(status)) {
    if (call.args().Has("or-update")) return SendUpdate(call, *source);
    const ExitCode code = call.Refuse(status);
    call.console().Note(absl::StrCat("  change it with:  pawl machine update ",
                                     OneLine(source->name), " ",
                                     OneLine(source->definition.path())));
    return code;
  }
  return RefuseDefinition(call, *source, status);
}

ExitCode Update(Invocation& call) {
  absl::StatusOr<Source> source = ReadSource(call.args());
  if (!source.ok()) return call.Usage(std::string(source.status().message()));
  return SendUpdate(call, *source);
}

absl::Status ValidateHere(Invocation& call, const Source& source,
                          v1::StateMachinesValidateResponse* response) {
  asl::CompileOptions options;
  if (TypeOf(call.args()) == v1::STATE_MACHINE_TYPE_EXPRESS)
    options.type = asl::MachineType::kExpress;
  const std::vector<asl::Diagnostic> diagnostics = asl::Validate(source.definition.json(), options);
  *response->mutable_diagnostics() = FromCompiler(diagnostics);
  response->set_ok(!asl::HasErrors(diagnostics));
  return absl::OkStatus();
}

absl::Status ValidateOne(Invocation& call, const Source& source,
                         v1::StateMachinesValidateResponse* response) {
  if (call.args().Has("local")) return ValidateHere(call, source, response);
  v1::StateMachinesValidateRequest request;
  request.set_definition(source.definition.json());
  request.set_type(TypeOf(call.args()));
  absl::Status status = call.engine().Call(request, response);
  if (!absl::IsUnavailable(status)) return status;
  call.console().Note("no engine answers: checked here, with the default limits");
  return ValidateHere(call, source, response);
}

ExitCode Validate(Invocation& call) {
  bool all_ok = true;
  for (const std::string& path : call.args().positional()) {
    absl::StatusOr<Definition> definition = ReadDefinition(path);
    if (!definition.ok()) return call.Usage(std::string(definition.status().message()));
    const Source source = {NameFromPath(path), *std::move(definition)};
    v1::StateMachinesValidateResponse response;
    const absl::Status status = ValidateOne(call, source, &response);
    if (!status.ok()) return call.Refuse(status);
    all_ok = all_ok && response.ok();
    PlaceInFile(source.definition, response.mutable_diagnostics());
    if (call.wants_json()) {
      PrintJson(call.console(), ToJsonValue(response));
      continue;
    }
    const Palette& paint = call.console().palette();
    call.console().Out(
        RenderDiagnostics(path, source.definition.text(), response.diagnostics(), paint));
    call.console().Line(
        absl::StrCat(response.ok() ? paint(Style::kGood, "✔ ") : paint(Style::kBad, "✘ "),
                     OneLine(path), ": ", CountDiagnostics(response.diagnostics())));
  }
  return all_ok ? ExitCode::kOk : ExitCode::kFailed;
}

ExitCode List(Invocation& call) {
  Table table({{"NAME", {.shrinks = true}},
               {"REVISION", {.right_aligned = true}},
               {"TYPE"},
               {"CREATED"},
               {"UPDATED"}});
  Value::Elements machines;
  std::vector<std::string> damaged;
  const absl::Time now = absl::Now();
  const std::vector<std::string> wanted = call.args().All("tag");
  absl::Status tags_status;
  const auto status = ForEachPage<v1::StateMachinesListRequest, v1::StateMachinesListResponse>(
      call.engine(), {}, call.args().Number("limit", 0), [&](const auto& page) {
        for (const v1::StateMachine& machine : page.state_machines()) {
          if (!wanted.empty()) {
            const absl::StatusOr<TagMap> tags = TagsOf(call.engine(), machine.arn());
            // One that was deleted meanwhile has none.
            if (!absl::IsNotFound(tags.status())) tags_status.Update(tags.status());
            if (!tags.ok() || !HasTags(*tags, wanted)) continue;
          }
          if (call.args().Has("names")) call.console().Line(OneLine(machine.name()));
          machines.push_back(ToJsonValue(machine));
          if (!machine.damage().empty()) {
            table.Add({{machine.name(), Style::kAccent},
                       {absl::StrCat(machine.revision())},
                       {"damaged", Style::kBad},
                       {""},
                       {""}});
            damaged.push_back(absl::StrCat(machine.name(), ": ", machine.damage()));
            continue;
          }
          table.Add({{machine.name(), Style::kAccent},
                     {absl::StrCat(machine.revision())},
                     {machine.type() == v1::STATE_MACHINE_TYPE_EXPRESS ? "EXPRESS" : "STANDARD",
                      Style::kDim},
                     {FormatAgo(ToTime(machine.create_time()), now)},
                     {FormatAgo(ToTime(machine.update_time()), now)}});
        }
        return page.state_machines_size();
      });
  if (!status.ok()) return call.Refuse(status);
  if (!tags_status.ok()) return call.Refuse(tags_status);
  if (call.args().Has("names")) return ExitCode::kOk;
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(machines)));
  } else if (table.is_empty()) {
    call.console().Note("no state machines yet; make one with: pawl machine create NAME FILE");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
    for (const std::string& damage : damaged) call.console().Note(OneLine(damage));
  }
  return ExitCode::kOk;
}

ExitCode Show(Invocation& call) {
  v1::StateMachinesDescribeRequest request;
  request.set_state_machine(call.args().At(0));
  request.set_revision(call.args().Number("revision", 0));
  v1::StateMachinesDescribeResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.args().Has("definition")) {
    // Into a file goes what was sent; on a terminal nothing of it is acted on.
    const bool is_seen = call.console().is_terminal();
    call.console().Raw(is_seen ? SafeJson(response.definition()) : response.definition());
    call.console().Raw("\n");
    return ExitCode::kOk;
  }
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response, Payloads::kAsJson));
    return ExitCode::kOk;
  }
  const v1::StateMachine& machine = response.state_machine();
  const absl::StatusOr<TagMap> tags = TagsOf(call.engine(), machine.arn());
  if (!tags.ok()) return call.Refuse(tags.status());
  const Palette& paint = call.console().palette();
  const absl::Time now = absl::Now();
  const auto when = [&](const google::protobuf::Timestamp& time) {
    return absl::StrCat(FormatLocal(ToTime(time)),
                        paint(Style::kDim, absl::StrCat("  ", FormatAgo(ToTime(time), now))));
  };
  call.console().Out(absl::StrCat(
      paint(Style::kAccent, machine.name()),
      paint(Style::kDim, absl::StrCat("  revision ", machine.revision())), "\n",
      FieldLine(paint, "arn", machine.arn()),
      FieldLine(paint, "type",
                machine.type() == v1::STATE_MACHINE_TYPE_EXPRESS ? "EXPRESS" : "STANDARD"),
      machine.role_arn().empty() ? "" : FieldLine(paint, "role", machine.role_arn()),
      tags->empty() ? "" : FieldLine(paint, "tags", TagsText(*tags)),
      FieldLine(paint, "created", when(machine.create_time())),
      FieldLine(paint, "updated", when(machine.update_time())), "\n",
      PrettyPayload(response.definition(), 0)));
  return ExitCode::kOk;
}

ExitCode Delete(Invocation& call) {
  v1::StateMachinesDeleteRequest request;
  request.set_state_machine(call.args().At(0));
  v1::StateMachinesDeleteResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (!call.wants_json()) {
    const Palette& paint = call.console().palette();
    call.console().Line(
        absl::StrCat(paint(Style::kGood, "✔ "), "deleted ",
                     paint(Style::kAccent, OneLine(ShortMachine(call.args().At(0)))),
                     paint(Style::kDim, "  what runs goes on to its end")));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> MachineCommands() {
  const Flag role = {"role", Flag::Kind::kText, "ARN",
                     "role ARN for tools that expect one; it grants nothing"};
  return {
      {"machine create",
       "[NAME] FILE",
       "store a state machine",
       "FILE holds the definition in the Amazon States Language, as JSON or (.yaml, .yml) YAML; - "
       "is\n"
       "standard input. Without NAME the machine is named after the file: flows/order.asl.json "
       "becomes order. Creating the same\n"
       "definition again is not an error; another one under the same name is (exit code 5), "
       "unless\n"
       "--or-update is given.",
       1,
       2,
       {kTypeFlag,
        role,
        {"or-update", Flag::Kind::kSwitch, "", "add a revision if the name is taken"}},
       {{"pawl machine create order.asl.json", "a machine named order"},
        {"pawl machine create --or-update order flows/v2.json",
         "in a deployment: whatever was there before"}},
       &Create},
      {"machine update",
       "[NAME] FILE",
       "store a new revision of a state machine",
       "Running executions keep the revision they started with.",
       1,
       2,
       {role},
       {{"pawl machine update order.asl.json", "a new revision of order"}},
       &Update},
      {"machine validate",
       "FILE...",
       "show every problem of a definition, with its place",
       "Prints the problems that AWS reports, with its codes, and warnings of Pawl's own "
       "(PAWL_...),\n"
       "each with its place and a remedy; then the longest duration and the number of attempts up "
       "to\n"
       "each end. The engine checks with its own limits; without one, or with --local, the check "
       "runs\n"
       "here. Exit code 1 if there is an error.",
       1,
       -1,
       {kTypeFlag, {"local", Flag::Kind::kSwitch, "", "check here, without an engine"}},
       {{"pawl machine validate --local flows/*.asl.json", "in a commit hook"}},
       &Validate},
      TestStateCommand(),
      {"machine list",
       "",
       "all state machines",
       "",
       0,
       0,
       {{"names", Flag::Kind::kSwitch, "", "print names only, one per line"},
        {"limit", Flag::Kind::kNumber, "N", "show at most N [all]"},
        {"tag", Flag::Kind::kText, "KEY[=VALUE]", "only those with this tag; may be repeated"}},
       {{"pawl machine list --json | jq -r '.[].arn'", "their ARNs"},
        {"pawl machine list --tag team=payments", "of one team"}},
       &List},
      {"machine show",
       "NAME",
       "a state machine and its definition",
       "",
       1,
       1,
       {{"revision", Flag::Kind::kNumber, "N", "an older revision [the current one]"},
        {"definition", Flag::Kind::kSwitch, "", "only the definition, as it was sent"}},
       {{"pawl machine show order --definition > order.asl.json", "get the file back"}},
       &Show},
      {"machine delete",
       "NAME",
       "delete a state machine; its running executions fail",
       "",
       1,
       1,
       {},
       {{"pawl machine delete order", "delete order"}},
       &Delete},
  };
}

}  // namespace pawl::cli
