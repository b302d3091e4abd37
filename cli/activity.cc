// pawl activity create|list|delete
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/tag.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

ExitCode Create(Invocation& call) {
  v1::ActivitiesCreateRequest request;
  request.set_name(call.args().At(0));
  for (const std::string& text : call.args().All("tag")) {
    const std::pair<std::string, std::string> tag = absl::StrSplit(text, absl::MaxSplits('=', 1));
    (*request.mutable_tags())[tag.first] = tag.second;
  }
  return AskAndPrint<v1::ActivitiesCreateRequest, v1::ActivitiesCreateResponse>(
      call, request, [](Invocation& of, const v1::ActivitiesCreateResponse& response) {
        const Palette& paint = of.console().palette();
        of.console().Line(absl::StrCat(paint(Style::kGood, "✔ "), "activity ",
                                       paint(Style::kAccent, OneLine(response.activity().name())),
                                       "  ", OneLine(response.activity().arn())));
      });
}

ExitCode List(Invocation& call) {
  const std::vector<std::string> wanted = call.args().All("tag");
  Table table({{"ACTIVITY"}, {"CREATED"}, {"ARN", {.shrinks = true}}});
  Value::Elements activities;
  const absl::Time now = absl::Now();
  absl::Status tags_status;
  const absl::Status status = ForEachPage<v1::ActivitiesListRequest, v1::ActivitiesListResponse>(
      call.engine(), {}, 0, [&](const auto& page) {
        for (const v1::Activity& activity : page.activities()) {
          if (!wanted.empty()) {
            const absl::StatusOr<TagMap> tags = TagsOf(call.engine(), activity.arn());
            tags_status.Update(tags.status());
            if (!tags.ok() || !HasTags(*tags, wanted)) continue;
          }
          activities.push_back(ToJsonValue(activity));
          table.Add({{activity.name(), Style::kAccent},
                     {FormatAgo(ToTime(activity.create_time()), now)},
                     {activity.arn()}});
        }
        return page.activities_size();
      });
  if (!status.ok()) return call.Refuse(status);
  if (!tags_status.ok()) return call.Refuse(tags_status);
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(activities)));
  } else if (table.is_empty()) {
    call.console().Note("no activities; make one with: pawl activity create NAME");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
  }
  return ExitCode::kOk;
}

ExitCode Delete(Invocation& call) {
  v1::ActivitiesDeleteRequest request;
  request.set_activity(call.args().At(0));
  v1::ActivitiesDeleteResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response));
    return ExitCode::kOk;
  }
  const Palette& paint = call.console().palette();
  call.console().Line(absl::StrCat(paint(Style::kGood, "✔ "), "deleted ",
                                   paint(Style::kAccent, OneLine(call.args().At(0)))));
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> ActivityCommands() {
  return {
      {"activity create",
       "NAME",
       "register an activity, whose name workers poll for tasks",
       "A task on an activity that is not registered fails, as at AWS, unless the engine runs with "
       "--open-activities. The same name again is the same activity.",
       1,
       1,
       {{"tag", Flag::Kind::kText, "KEY=VALUE", "may be repeated"}},
       {{"pawl activity create approve", "for a Resource of ...:activity:approve"}},
       &Create},
      {"activity list",
       "",
       "all activities",
       "",
       0,
       0,
       {{"tag", Flag::Kind::kText, "KEY[=VALUE]", "only those with this tag; may be repeated"}},
       {{"pawl activity list --tag team=payments", "of one team"}},
       &List},
      {"activity delete",
       "NAME|ARN",
       "delete an activity",
       "Tasks that wait for it go on waiting, until they time out.",
       1,
       1,
       {},
       {{"pawl activity delete approve", "delete it"}},
       &Delete},
  };
}

}  // namespace pawl::cli
