// pawl namespace create|list|show|update
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string RetentionText(const v1::NamespaceSettings& settings) {
  return settings.has_retention() ? FormatSpan(absl::Seconds(settings.retention().seconds()))
                                  : "the engine's";
}

std::string RatesText(const v1::NamespaceSettings& settings) {
  return OneLine(absl::StrJoin(settings.rate_limits().rates(), " "));
}

// What was given; the rest stays as it is.
void Fill(const Arguments& args, v1::NamespaceSettings* settings) {
  if (args.Has("description")) settings->set_description(args.Text("description"));
  if (args.Has("retention")) {
    const absl::Duration retention = args.Duration("retention", absl::ZeroDuration());
    settings->mutable_retention()->set_seconds(absl::ToInt64Seconds(retention));
  }
  if (!args.Has("rate-limit")) return;
  settings->mutable_rate_limits();
  for (const std::string& rate : args.All("rate-limit")) {
    if (rate != "none") settings->mutable_rate_limits()->add_rates(rate);
  }
}

void Print(Invocation& call, const v1::Namespace& ns) {
  Console& console = call.console();
  const Palette& paint = console.palette();
  console.Line(paint(Style::kAccent, OneLine(ns.account())));
  const auto field = [&](const char* label, const std::string& value) {
    if (!value.empty()) console.Line(FieldLine(paint, label, value));
  };
  field("description", OneLine(ns.settings().description()));
  field("retention", RetentionText(ns.settings()));
  field("rate limits", RatesText(ns.settings()));
  if (ns.has_create_time()) field("created", FormatAgo(ToTime(ns.create_time()), absl::Now()));
}

ExitCode Create(Invocation& call) {
  v1::NamespacesCreateRequest request;
  request.set_account(call.args().At(0));
  Fill(call.args(), request.mutable_settings());
  return AskAndPrint<v1::NamespacesCreateRequest, v1::NamespacesCreateResponse>(
      call, request, [](Invocation& of, const v1::NamespacesCreateResponse& response) {
        Print(of, response.namespace_());
      });
}

ExitCode Show(Invocation& call) {
  v1::NamespacesDescribeRequest request;
  request.set_account(call.args().At(0));
  return AskAndPrint<v1::NamespacesDescribeRequest, v1::NamespacesDescribeResponse>(
      call, request, [](Invocation& of, const v1::NamespacesDescribeResponse& response) {
        Print(of, response.namespace_());
      });
}

ExitCode Update(Invocation& call) {
  v1::NamespacesUpdateRequest request;
  request.set_account(call.args().At(0));
  Fill(call.args(), request.mutable_settings());
  return AskAndPrint<v1::NamespacesUpdateRequest, v1::NamespacesUpdateResponse>(
      call, request, [](Invocation& of, const v1::NamespacesUpdateResponse& response) {
        Print(of, response.namespace_());
      });
}

ExitCode List(Invocation& call) {
  return AskAndPrint<v1::NamespacesListRequest, v1::NamespacesListResponse>(
      call, {}, [](Invocation& of, const v1::NamespacesListResponse& response) {
        Table table({{"NAMESPACE"},
                     {"RETENTION"},
                     {"RATE LIMITS", {.shrinks = true}},
                     {"CREATED"},
                     {"DESCRIPTION", {.shrinks = true}}});
        const absl::Time now = absl::Now();
        for (const v1::Namespace& ns : response.namespaces()) {
          table.Add({{ns.account(), Style::kAccent},
                     {RetentionText(ns.settings())},
                     {RatesText(ns.settings())},
                     {ns.has_create_time() ? FormatAgo(ToTime(ns.create_time()), now) : "default"},
                     {ns.settings().description()}});
        }
        of.console().Out(table.Render(of.console().palette(), of.console().width()));
      });
}

}  // namespace

std::vector<Command> NamespaceCommands() {
  const std::vector<Flag> settings = {
      {"description", Flag::Kind::kText, "TEXT", "for people"},
      {"retention", Flag::Kind::kDuration, "DURATION",
       "how long ended executions are kept, from 1h; 0s: as the engine's --retention"},
      {"rate-limit", Flag::Kind::kText, "OPERATION=BURST/RATE",
       "calls at once, and a second, of all its callers together; may be repeated; none: no "
       "limits"}};
  return {
      {"namespace create",
       "ACCOUNT",
       "a namespace, which is what AWS calls an account",
       "Machines, executions, activities, queues and tokens of one namespace cannot be seen from "
       "another. Credentials belong to one (pawl key create --namespace) or to all of them.",
       1,
       1,
       settings,
       {{"pawl namespace create 111111111111 --description staging --retention 168h",
         "for a week"}},
       &Create},
      {"namespace list",
       "",
       "all namespaces",
       "",
       0,
       0,
       {},
       {{"pawl namespace list", "show them"}},
       &List},
      {"namespace show",
       "[ACCOUNT]",
       "the settings of a namespace",
       "",
       0,
       1,
       {},
       {{"pawl namespace show", "of your own"}},
       &Show},
      {"namespace update",
       "ACCOUNT",
       "change the settings that are given",
       "Nodes know within about five seconds.",
       1,
       1,
       settings,
       {{"pawl namespace update 111111111111 --rate-limit StartExecution=100/10", "limit starts"}},
       &Update},
  };
}

}  // namespace pawl::cli
