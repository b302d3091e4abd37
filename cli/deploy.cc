// pawl deploy: machines out of what other tools emit.
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/deploy/apply.h"
#include "cli/deploy/check.h"
#include "cli/deploy/plan.h"
#include "cli/deploy/read.h"
#include "cli/deploy_engine.h"
#include "cli/deploy_report.h"
#include "cli/disk_files.h"
#include "cli/output.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

// Region and account of ARNs, which definitions name each other by.
struct Place {
  std::string region;
  std::string account;
  friend bool operator==(const Place&, const Place&) = default;
};

// As flags say, else the caller's namespace and the region of a machine's ARN, else the engine's
// defaults. Without an engine what is wrong with the files is said all the same.
Place FindPlace(Invocation& call) {
  const deploy::ReadOptions defaults;
  Place place{defaults.region, defaults.account};
  v1::NamespacesDescribeResponse own;
  if (call.raw_engine().Call(v1::NamespacesDescribeRequest(), &own).ok()) {
    place.account = own.namespace_().account();
  }
  v1::StateMachinesListRequest request;
  request.set_page_size(1);
  v1::StateMachinesListResponse response;
  if (call.raw_engine().Call(request, &response).ok() && response.state_machines_size() > 0) {
    const std::vector<std::string> arn = absl::StrSplit(response.state_machines(0).arn(), ':');
    if (arn.size() > 5) place = {arn[3], arn[4]};
  }
  return {call.args().Text("region", place.region), call.args().Text("account", place.account)};
}

void NoteProblems(Invocation& call, const std::vector<std::string>& problems) {
  const Palette& paint = call.console().note_palette();
  for (const std::string& problem : problems) {
    call.console().Note(absl::StrCat(paint(Style::kBad, "error: "), OneLine(problem)));
  }
}

// False, with the reasons noted, where nothing can be deployed.
bool ReadAndCheck(Invocation& call, const std::string& path, const Place& place,
                  deploy::Bundle* bundle) {
  deploy::ReadOptions options;
  options.stack = call.args().Text("stack");
  options.parameters = call.args().All("parameter");
  options.region = place.region;
  options.account = place.account;
  std::vector<std::string> problems;
  if (!deploy::Read(path, options, DiskFiles(), bundle, &problems)) {
    NoteProblems(call, problems);
    return false;
  }
  std::vector<deploy::Finding> findings;
  const bool is_valid = deploy::Check(*bundle, &problems, &findings);
  for (const deploy::Finding& finding : findings) {
    call.console().Note(
        absl::StripSuffix(FindingText(finding, call.console().note_palette()), "\n"));
  }
  NoteProblems(call, problems);
  if (!is_valid && !bundle->stand_ins.empty()) {  // these may be what is wrong
    call.console().Note(StandInText(*bundle, call.console().note_palette()));
  }
  if (is_valid && bundle->machines.empty() && bundle->activities.empty()) {
    NoteProblems(call, {absl::StrCat(path, ": there are no state machines in it")});
    return false;
  }
  return is_valid;
}

enum class Consent { kYes, kNo, kNobodyToAsk };

Consent Ask(Invocation& call, const std::string& summary) {
  if (call.args().Has("yes")) return Consent::kYes;
  if (call.wants_json() || isatty(STDIN_FILENO) != 1 || !call.console().notes_are_read()) {
    return Consent::kNobodyToAsk;
  }
  call.console().Note(absl::StrCat("\n", summary, ". Type yes to carry it out:"));
  char line[16] = "";
  if (std::fgets(line, sizeof(line), stdin) == nullptr) return Consent::kNo;
  const std::string answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(line));
  return answer == "yes" || answer == "y" ? Consent::kYes : Consent::kNo;
}

absl::Status CarryOut(Invocation& call, const deploy::Plan& plan, deploy::Engine* engine) {
  const Palette& paint = call.console().palette();
  return deploy::Apply(plan, engine, [&](const std::string& done, const std::string& what) {
    if (call.wants_json()) return;
    call.console().Line(absl::StrCat(paint(Style::kGood, "✔ "), done, " ", OneLine(what)));
  });
}

ExitCode Finish(Invocation& call, const deploy::Bundle& bundle, const deploy::Plan& plan,
                deploy::Engine* engine) {
  const std::string summary = PlanSummary(plan);
  bool is_applied = plan.is_empty();
  if (!call.wants_json()) {
    call.console().Out(PlanText(bundle, plan, call.console().palette()));
    call.console().Line(absl::StrCat("\n", summary));
  }
  if (!plan.is_empty() && !call.args().Has("dry-run")) {
    switch (Ask(call, summary)) {
      case Consent::kNo:
        return call.Refuse(absl::CancelledError("nothing was changed"));
      case Consent::kNobodyToAsk:
        return call.Usage(
            "there is no terminal to ask on: give --yes to carry it out, or --dry-run");
      case Consent::kYes:
        break;
    }
    const absl::Status status = CarryOut(call, plan, engine);
    if (!status.ok()) {
      const ExitCode code = call.Refuse(status);
      call.console().Note("  what is marked above is done; the same command goes on with the rest");
      return code;
    }
    is_applied = true;
  }
  if (call.wants_json()) {
    Value::Members members = PlanJson(bundle, plan).AsObject();
    members.emplace_back("isApplied", Value::Bool(is_applied));
    PrintJson(call.console(), Value::Object(std::move(members)));
  }
  return ExitCode::kOk;
}

ExitCode Deploy(Invocation& call) {
  const std::string path = call.args().At(0);
  if (DiskFiles().KindOf(path) == deploy::FileKind::kMissing) {
    return call.Usage(absl::StrCat(path, ": there is no such file or folder"));
  }
  deploy::Bundle bundle;
  const Place place = FindPlace(call);
  if (!ReadAndCheck(call, path, place, &bundle)) {
    return call.Refuse(absl::InvalidArgumentError("nothing was changed"));
  }
  DeployEngine engine(&call.raw_engine());
  const absl::StatusOr<deploy::Plan> plan =
      deploy::MakePlan(bundle, {call.args().Has("prune"), call.args().Has("take-over")}, &engine);
  if (!plan.ok()) return call.Refuse(plan.status());
  if (!plan->problems.empty()) {
    NoteProblems(call, plan->problems);
    return call.Refuse(absl::FailedPreconditionError("nothing was changed"));
  }
  const ExitCode code = Finish(call, bundle, *plan, &engine);
  // The first machine of an engine shows its region.
  if (code == ExitCode::kOk && !(FindPlace(call) == place)) {
    call.console().Note(
        "the ARNs of the engine have another region or account than those in the definitions: run "
        "the same command again");
  }
  return code;
}

}  // namespace

std::vector<Command> DeployCommands() {
  return {
      {"deploy",
       "PATH",
       "create and update the state machines of a template or a folder",
       "PATH is a CloudFormation or SAM template, the CDK's cdk.out, a serverless.yml with\n"
       "serverless-step-functions, a folder of *.asl.json and *.asl.yaml, or a folder that holds\n"
       "one of the former. Shows what it will do and asks; in scripts give --yes. All definitions\n"
       "are checked before anything changes; a second run changes nothing. Resources that are not\n"
       "state machines, activities, versions or aliases are named and left out\n"
       "(docs/deploy.md).",
       1,
       1,
       {{"yes", Flag::Kind::kSwitch, "", "carry it out without asking", 'y'},
        {"dry-run", Flag::Kind::kSwitch, "", "only show what would be done"},
        {"prune", Flag::Kind::kSwitch, "",
         "delete what an earlier deployment of the stack made and is no longer in it"},
        {"parameter", Flag::Kind::kText, "NAME=VALUE",
         "a parameter of the template, or a value that only AWS knows: Table, Queue.Arn, "
         "import:NAME; may be given often",
         'p'},
        {"stack", Flag::Kind::kText, "NAME",
         "the stack's name, by which --prune knows its machines; of a cdk.out the stack to deploy "
         "[as PATH says]"},
        {"take-over", Flag::Kind::kSwitch, "", "take machines that belong to another stack"},
        {"region", Flag::Kind::kText, "NAME", "for AWS::Region and ARNs [the engine's]"},
        {"account", Flag::Kind::kText, "ID", "for AWS::AccountId and ARNs [the engine's]"}},
       {{"pawl deploy flows/", "definitions of a folder, each named after its file"},
        {"pawl deploy template.yaml --parameter Stage=prod --yes", "a SAM template, in a script"},
        {"cdk synth && pawl deploy cdk.out --dry-run", "what a CDK app would change"},
        {"pawl deploy serverless.yml --parameter stage=prod --prune", "and delete what is gone"}},
       &Deploy},
  };
}

}  // namespace pawl::cli
