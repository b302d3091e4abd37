// pawl tag list|set|remove
#include "cli/tag.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

// Of a state machine that was named; ARNs of either kind are taken as they are.
absl::StatusOr<std::string> ArnOf(Invocation& call, const std::string& resource) {
  if (absl::StartsWith(resource, "arn:")) return resource;
  v1::StateMachinesDescribeRequest request;
  request.set_state_machine(resource);
  v1::StateMachinesDescribeResponse response;
  absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return status;
  return response.state_machine().arn();
}

std::pair<std::string, std::string> Split(const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('=', 1));
  return parts;
}

ExitCode Done(Invocation& call, const char* done, const std::string& resource) {
  if (call.wants_json()) {
    PrintJson(call.console(), Value::EmptyObject());
    return ExitCode::kOk;
  }
  const Palette& paint = call.console().palette();
  call.console().Line(
      absl::StrCat(paint(Style::kGood, "✔ "), done, " ", paint(Style::kAccent, OneLine(resource))));
  return ExitCode::kOk;
}

ExitCode List(Invocation& call) {
  const absl::StatusOr<std::string> arn = ArnOf(call, call.args().At(0));
  if (!arn.ok()) return call.Refuse(arn.status());
  const absl::StatusOr<TagMap> tags = TagsOf(call.engine(), *arn);
  if (!tags.ok()) return call.Refuse(tags.status());
  if (call.wants_json()) {
    Value::Members members;
    for (const auto& [key, value] : *tags) members.emplace_back(key, Value::String(value));
    PrintJson(call.console(), Value::Object(std::move(members)));
    return ExitCode::kOk;
  }
  if (tags->empty()) {
    call.console().Note("no tags");
    return ExitCode::kOk;
  }
  Table table({{"KEY"}, {"VALUE", {.shrinks = true}}});
  for (const auto& [key, value] : *tags)
    table.Add({{OneLine(key), Style::kAccent}, {OneLine(value)}});
  call.console().Out(table.Render(call.console().palette(), call.console().width()));
  return ExitCode::kOk;
}

ExitCode Set(Invocation& call) {
  v1::TagsSetRequest request;
  const auto& words = call.args().positional();
  for (size_t i = 1; i < words.size(); ++i) {
    if (!absl::StrContains(words[i], '=')) {
      return call.Usage(absl::StrCat("'", words[i], "' is no tag: give KEY=VALUE"));
    }
    auto [key, value] = Split(words[i]);
    (*request.mutable_tags())[key] = value;
  }
  const absl::StatusOr<std::string> arn = ArnOf(call, words[0]);
  if (!arn.ok()) return call.Refuse(arn.status());
  request.set_arn(*arn);
  v1::TagsSetResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  return status.ok() ? Done(call, "tagged", words[0]) : call.Refuse(status);
}

ExitCode Remove(Invocation& call) {
  const auto& words = call.args().positional();
  const absl::StatusOr<std::string> arn = ArnOf(call, words[0]);
  if (!arn.ok()) return call.Refuse(arn.status());
  v1::TagsRemoveRequest request;
  request.set_arn(*arn);
  for (size_t i = 1; i < words.size(); ++i) request.add_keys(words[i]);
  v1::TagsRemoveResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  return status.ok() ? Done(call, "removed tags of", words[0]) : call.Refuse(status);
}

}  // namespace

absl::StatusOr<TagMap> TagsOf(EngineClient& engine, const std::string& arn) {
  v1::TagsListRequest request;
  request.set_arn(arn);
  v1::TagsListResponse response;
  absl::Status status = engine.Call(request, &response);
  if (!status.ok()) return status;
  return TagMap(response.tags().begin(), response.tags().end());
}

bool HasTags(const TagMap& tags, const std::vector<std::string>& wanted) {
  for (const std::string& text : wanted) {
    const auto [key, value] = Split(text);
    const auto found = tags.find(key);
    if (found == tags.end()) return false;
    if (absl::StrContains(text, '=') && found->second != value) return false;
  }
  return true;
}

std::string TagsText(const TagMap& tags) {
  std::string text;
  for (const auto& [key, value] : tags) {
    absl::StrAppend(&text, text.empty() ? "" : " ", OneLine(key), "=", OneLine(value));
  }
  return text;
}

std::vector<Command> TagCommands() {
  return {
      {"tag list",
       "MACHINE|ARN",
       "tags of a state machine or an activity",
       "",
       1,
       1,
       {},
       {{"pawl tag list order", "of a state machine"}},
       &List},
      {"tag set",
       "MACHINE|ARN KEY=VALUE...",
       "add tags, or change their values",
       "pawl machine list --tag finds what has them.",
       2,
       -1,
       {},
       {{"pawl tag set order team=payments stage=prod", "two tags"}},
       &Set},
      {"tag remove",
       "MACHINE|ARN KEY...",
       "remove tags",
       "",
       2,
       -1,
       {},
       {{"pawl tag remove order stage", "one of them"}},
       &Remove},
  };
}

}  // namespace pawl::cli
