#include "cli/watch_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/names.h"
#include "cli/open_states.h"
#include "cli/output.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int kWidestLabel = 36;
constexpr int kMostStates = 200;  // of one execution

std::string Head(const v1::ExecutionsDescribeResponse& found, absl::Time now,
                 const Palette& paint) {
  std::string line = ClosingLine(found.execution(), paint);
  if (!found.execution().has_stop_time()) {
    const absl::Duration since =
        std::max(now - ToTime(found.execution().start_time()), absl::ZeroDuration());
    absl::StrAppend(&line, paint(Style::kDim, absl::StrCat("  for ", FormatSpan(since))));
  }
  if (found.has_error()) {
    absl::StrAppend(&line, "  ", paint(Style::kBad, OneLine(found.error())));
    if (found.has_cause()) absl::StrAppend(&line, paint(Style::kDim, ": "), OneLine(found.cause()));
  }
  return line;
}

std::vector<std::string> Draw(const v1::ExecutionsDescribeResponse& found, absl::Time now,
                              const Palette& paint) {
  std::vector<std::string> lines = {Head(found, now, paint)};
  int label_width = 0;
  for (const v1::OpenState& state : found.open_states()) {
    label_width = std::max(label_width, LabelWidth(state));
  }
  label_width = std::min(label_width, kWidestLabel);
  for (const v1::OpenState& state : found.open_states()) {
    if (lines.size() > kMostStates) {
      lines.push_back(paint(
          Style::kDim,
          absl::StrCat("    … and ", found.open_states_size() - kMostStates, " more states")));
      break;
    }
    lines.push_back("  " + DescribeOpenState(state, label_width, now, paint));
  }
  return lines;
}

}  // namespace

std::string Totals(const std::vector<v1::ExecutionsDescribeResponse>& executions,
                   const Palette& paint) {
  std::vector<std::string> parts;
  for (v1::ExecutionStatus status :
       {v1::EXECUTION_STATUS_RUNNING, v1::EXECUTION_STATUS_SUCCEEDED, v1::EXECUTION_STATUS_FAILED,
        v1::EXECUTION_STATUS_TIMED_OUT, v1::EXECUTION_STATUS_ABORTED}) {
    const auto count = std::count_if(executions.begin(), executions.end(), [&](const auto& found) {
      return found.execution().status() == status;
    });
    if (count == 0) continue;
    parts.push_back(paint(StatusStyle(status),
                          absl::StrCat(count, " ", absl::AsciiStrToLower(StatusName(status)))));
  }
  return absl::StrJoin(parts, paint(Style::kDim, ", "));
}

std::vector<std::string> DrawExecutions(
    const std::vector<v1::ExecutionsDescribeResponse>& executions, absl::Time now, int width,
    int height, const Palette& paint) {
  std::vector<const v1::ExecutionsDescribeResponse*> order;
  order.reserve(executions.size());
  for (const auto& found : executions) order.push_back(&found);
  // Where there is no room for all, those that run are the news.
  if (height > 0 && static_cast<int>(order.size()) + 2 > height) {
    std::stable_partition(order.begin(), order.end(),
                          [](const auto* found) { return !IsClosed(found->execution().status()); });
  }
  std::vector<std::string> lines;
  for (const auto* found : order) {
    for (std::string& line : Draw(*found, now, paint)) lines.push_back(std::move(line));
  }
  const bool has_totals = executions.size() > 1;
  const size_t room =
      height > 0 ? static_cast<size_t>(std::max(2, height - (has_totals ? 3 : 1))) : 0;
  if (room > 0 && lines.size() > room) {
    const size_t hidden = lines.size() - (room - 1);
    lines.resize(room - 1);
    lines.push_back(paint(Style::kDim, absl::StrCat("  … ", hidden, " more lines")));
  }
  if (has_totals) {
    lines.emplace_back();
    lines.push_back(Totals(executions, paint));
  }
  if (width > 0) {
    for (std::string& line : lines) line = TruncateStyled(line, width);
  }
  return lines;
}

std::vector<std::string> ChangeLog::Update(const v1::ExecutionsDescribeResponse& found,
                                           absl::Time now, const Palette& paint) {
  std::vector<std::string> lines;
  const std::string name = ShortExecution(found.execution().arn());
  const std::string when = absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone());
  const auto add = [&](const std::string& text) {
    lines.push_back(
        absl::StrCat(paint(Style::kDim, when), "  ", paint(Style::kAccent, name), "  ", text));
  };
  std::map<std::string, std::string> states;
  for (const v1::OpenState& state : found.open_states()) {
    const std::string key =
        absl::StrCat(state.path(), state.path().empty() ? "" : "/", state.name());
    // Counts and attempts are news, the passing of time is not.
    std::string news =
        absl::StrCat(v1::OpenState::WaitingFor_Name(state.waiting_for()), " ", state.attempt(), " ",
                     state.children_succeeded(), " ", state.heartbeat_details());
    const auto& before = states_[name];
    const auto known = before.find(key);
    if (known == before.end() || known->second != news) {
      v1::OpenState flat = state;
      flat.set_path("");
      flat.set_name(key);
      add(DescribeOpenState(flat, 0 + LabelWidth(flat), now, paint));
    }
    states[key] = std::move(news);
  }
  for (const auto& [key, news] : states_[name]) {
    if (states.count(key) == 0)
      add(absl::StrCat(paint(Style::kGood, "✔ "), key, paint(Style::kDim, "  left")));
  }
  states_[name] = std::move(states);
  std::string& status = statuses_[name];
  if (status != StatusName(found.execution().status())) {
    status = StatusName(found.execution().status());
    if (IsClosed(found.execution().status())) {
      lines.push_back(absl::StrCat(paint(Style::kDim, when), "  ", Head(found, now, paint)));
    }
  }
  return lines;
}

}  // namespace pawl::cli
