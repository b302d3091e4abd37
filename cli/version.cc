// pawl version publish|list|delete and pawl alias set|list|delete
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string RoutesText(const v1::StateMachineAlias& alias) {
  return absl::StrJoin(alias.routes(), " ", [](std::string* out, const v1::AliasRoute& route) {
    absl::StrAppend(out, route.version(), "=", route.weight());
  });
}

// Answers with nothing but that it is done.
template <typename Response, typename Request>
ExitCode Do(Invocation& call, const Request& request, const char* done, const std::string& what) {
  Response response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response));
    return ExitCode::kOk;
  }
  const Palette& paint = call.console().palette();
  call.console().Line(
      absl::StrCat(paint(Style::kGood, "✔ "), done, " ", paint(Style::kAccent, OneLine(what))));
  return ExitCode::kOk;
}

ExitCode Publish(Invocation& call) {
  v1::StateMachinesPublishVersionRequest request;
  request.set_state_machine(call.args().At(0));
  request.set_description(call.args().Text("description"));
  return AskAndPrint<v1::StateMachinesPublishVersionRequest,
                     v1::StateMachinesPublishVersionResponse>(
      call, request, [](Invocation& of, const v1::StateMachinesPublishVersionResponse& response) {
        const Palette& paint = of.console().palette();
        of.console().Line(absl::StrCat(
            paint(Style::kGood, "✔ "), "version ",
            paint(Style::kAccent, absl::StrCat(response.version().number())),
            paint(Style::kDim, absl::StrCat("  revision ", response.version().revision()))));
      });
}

ExitCode ListVersions(Invocation& call) {
  v1::StateMachinesListVersionsRequest request;
  request.set_state_machine(call.args().At(0));
  Table table({{"VERSION", {.right_aligned = true}},
               {"REVISION", {.right_aligned = true}},
               {"PUBLISHED"},
               {"DESCRIPTION", {.shrinks = true}}});
  Value::Elements versions;
  const absl::Time now = absl::Now();
  const auto status =
      ForEachPage<v1::StateMachinesListVersionsRequest, v1::StateMachinesListVersionsResponse>(
          call.engine(), request, 0, [&](const auto& page) {
            for (const v1::StateMachineVersion& version : page.versions()) {
              versions.push_back(ToJsonValue(version));
              table.Add({{absl::StrCat(version.number()), Style::kAccent},
                         {absl::StrCat(version.revision())},
                         {FormatAgo(ToTime(version.create_time()), now)},
                         {version.description()}});
            }
            return page.versions_size();
          });
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(versions)));
  } else if (table.is_empty()) {
    call.console().Note("no versions yet; make one with: pawl version publish MACHINE");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
  }
  return ExitCode::kOk;
}

ExitCode DeleteVersion(Invocation& call) {
  v1::StateMachinesDeleteVersionRequest request;
  request.set_version(call.args().At(0));
  return Do<v1::StateMachinesDeleteVersionResponse>(call, request, "deleted", call.args().At(0));
}

// "VERSION=WEIGHT", or one version alone.
absl::Status ParseRoutes(const Arguments& args, v1::StateMachinesSetAliasRequest* request) {
  const size_t count = args.positional().size() - 1;
  for (size_t i = 1; i <= count; ++i) {
    const std::vector<std::string> parts =
        absl::StrSplit(args.positional()[i], absl::MaxSplits('=', 1));
    int64_t version = 0;
    int32_t weight = 100;
    const bool is_read = absl::SimpleAtoi(parts[0], &version) &&
                         (parts.size() == 2 ? absl::SimpleAtoi(parts[1], &weight) : count == 1);
    if (!is_read) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", OneLine(args.positional()[i]),
                       "' is no route: give VERSION=WEIGHT, like 7=90 8=10, or one VERSION"));
    }
    v1::AliasRoute* route = request->add_routes();
    route->set_version(version);
    route->set_weight(weight);
  }
  return absl::OkStatus();
}

ExitCode SetAlias(Invocation& call) {
  v1::StateMachinesSetAliasRequest request;
  request.set_alias(call.args().At(0));
  if (call.args().Has("description")) request.set_description(call.args().Text("description"));
  if (const absl::Status status = ParseRoutes(call.args(), &request); !status.ok()) {
    return call.Usage(std::string(status.message()));
  }
  return AskAndPrint<v1::StateMachinesSetAliasRequest, v1::StateMachinesSetAliasResponse>(
      call, request, [](Invocation& of, const v1::StateMachinesSetAliasResponse& response) {
        const Palette& paint = of.console().palette();
        of.console().Line(absl::StrCat(paint(Style::kGood, "✔ "),
                                       paint(Style::kAccent, OneLine(response.alias().name())),
                                       " leads to ", RoutesText(response.alias())));
      });
}

ExitCode ListAliases(Invocation& call) {
  v1::StateMachinesListAliasesRequest request;
  request.set_state_machine(call.args().At(0));
  Table table({{"ALIAS"}, {"VERSIONS"}, {"CHANGED"}, {"DESCRIPTION", {.shrinks = true}}});
  Value::Elements aliases;
  const absl::Time now = absl::Now();
  const auto status =
      ForEachPage<v1::StateMachinesListAliasesRequest, v1::StateMachinesListAliasesResponse>(
          call.engine(), request, 0, [&](const auto& page) {
            for (const v1::StateMachineAlias& alias : page.aliases()) {
              aliases.push_back(ToJsonValue(alias));
              const auto& changed =
                  alias.has_update_time() ? alias.update_time() : alias.create_time();
              table.Add({{alias.name(), Style::kAccent},
                         {RoutesText(alias)},
                         {FormatAgo(ToTime(changed), now)},
                         {alias.description()}});
            }
            return page.aliases_size();
          });
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(aliases)));
  } else if (table.is_empty()) {
    call.console().Note("no aliases yet; make one with: pawl alias set MACHINE:NAME VERSION");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
  }
  return ExitCode::kOk;
}

ExitCode DeleteAlias(Invocation& call) {
  v1::StateMachinesDeleteAliasRequest request;
  request.set_alias(call.args().At(0));
  return Do<v1::StateMachinesDeleteAliasResponse>(call, request, "deleted", call.args().At(0));
}

}  // namespace

std::vector<Command> VersionCommands() {
  const Flag description = {"description", Flag::Kind::kText, "TEXT", "for people"};
  return {
      {"version publish",
       "MACHINE",
       "give the current revision of a state machine a number that stays",
       "A revision that has a version keeps it, with its description.",
       1,
       1,
       {description},
       {{"pawl version publish order --description 'with gift wrap'", "publish order"},
        {"pawl start order:7", "start its version 7, whatever the current revision"}},
       &Publish},
      {"version list",
       "MACHINE",
       "versions of a state machine, newest first",
       "",
       1,
       1,
       {},
       {{"pawl version list order", "of order"}},
       &ListVersions},
      {"version delete",
       "MACHINE:NUMBER",
       "delete a version; its executions go on",
       "Refused while an alias leads to it.",
       1,
       1,
       {},
       {{"pawl version delete order:6", "delete version 6"}},
       &DeleteVersion},
      {"alias set",
       "MACHINE:NAME VERSION[=WEIGHT]...",
       "a name for a version, or for two with their shares of the starts",
       "",
       2,
       3,
       {description},
       {{"pawl alias set order:live 7=90 8=10", "a tenth of all starts gets version 8"},
        {"pawl alias set order:live 8", "all of them do"},
        {"pawl start order:live", "start through it"}},
       &SetAlias},
      {"alias list",
       "MACHINE",
       "aliases of a state machine",
       "",
       1,
       1,
       {},
       {{"pawl alias list order", "of order"}},
       &ListAliases},
      {"alias delete",
       "MACHINE:NAME",
       "delete an alias",
       "",
       1,
       1,
       {},
       {{"pawl alias delete order:live", "delete it"}},
       &DeleteAlias},
  };
}

}  // namespace pawl::cli
