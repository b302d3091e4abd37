#include "cli/open_states.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/names.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int kBarWidth = 20;

std::string ClockTime(absl::Time time, absl::Time now) {
  const bool is_near = time - now < absl::Hours(20);
  return absl::FormatTime(is_near ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", time, absl::LocalTimeZone());
}

int DepthOf(const v1::OpenState& state) {
  if (state.path().empty()) return 0;
  return 1 + static_cast<int>(std::count(state.path().begin(), state.path().end(), '/'));
}

// "Map[3] Charge": of the path only the last part, for the parts before stand in the lines above.
std::string Label(const v1::OpenState& state) {
  const size_t slash = state.path().rfind('/');
  const std::string where =
      slash == std::string::npos ? state.path() : state.path().substr(slash + 1);
  return OneLine(where.empty() ? state.name() : absl::StrCat(where, " ", state.name()));
}

std::string Children(const v1::OpenState& state, const Palette& paint) {
  std::string text =
      absl::StrCat(ProgressBar(state.children_succeeded(), state.children_running(),
                               state.children_total(), kBarWidth, paint),
                   "  ", state.children_succeeded(), "/", state.children_total(), " done");
  if (state.children_running() > 0) {
    absl::StrAppend(&text, ", ", state.children_running(), " running");
  }
  if (state.children_failed() > 0) {
    absl::StrAppend(&text, ", ",
                    paint(Style::kBad, absl::StrCat(state.children_failed(), " failed")));
  }
  return text;
}

}  // namespace

std::string ProgressBar(int64_t done, int64_t running, int64_t total, int width,
                        const Palette& paint) {
  if (total <= 0) total = 1;
  const auto columns = [&](int64_t n) {
    return static_cast<int>(std::clamp<int64_t>(n * width / total, 0, width));
  };
  const int full = columns(done);
  int busy = std::min(columns(done + running), width) - full;
  // Something that runs is always to be seen.
  if (running > 0 && busy == 0 && full < width) busy = 1;
  const auto repeat = [](const char* glyph, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += glyph;
    return out;
  };
  return absl::StrCat(paint(Style::kGood, repeat("█", full)),
                      paint(Style::kRunning, repeat("▒", busy)),
                      paint(Style::kDim, repeat("░", width - full - busy)));
}

std::string DescribeWait(const v1::OpenState& state, absl::Time now, const Palette& paint) {
  const bool has_until = state.has_until();
  const absl::Time until = has_until ? ToTime(state.until()) : absl::InfiniteFuture();
  const std::string when =
      has_until ? absl::StrCat(ClockTime(until, now), " (", FormatAgo(until, now), ")")
                : "for ever";
  const std::string limit =
      has_until ? absl::StrCat(", times out ", FormatAgo(until, now)) : std::string();
  const std::string queue = paint(Style::kAccent, OneLine(state.queue()));
  switch (state.waiting_for()) {
    case v1::OpenState::WAITING_FOR_WORKER:
      return absl::StrCat("waits for a worker of ", queue, limit);
    case v1::OpenState::WAITING_FOR_COMPLETION:
      return absl::StrCat("runs at ", state.worker().empty() ? "a worker" : OneLine(state.worker()),
                          " (queue ", queue, ")", limit);
    case v1::OpenState::WAITING_FOR_TASK_TOKEN:
      return absl::StrCat("waits for its task token", limit);
    case v1::OpenState::WAITING_FOR_TIME:
      return absl::StrCat("waits until ", when);
    case v1::OpenState::WAITING_FOR_RETRY:
      return absl::StrCat(paint(Style::kWarn, absl::StrCat("failed; attempt ", state.attempt())),
                          " at ", when);
    case v1::OpenState::WAITING_FOR_EXECUTION:
      return absl::StrCat("waits for the execution ",
                          paint(Style::kAccent, OneLine(state.execution())), limit);
    case v1::OpenState::WAITING_FOR_CHILDREN:
      return Children(state, paint);
    default:
      return "is about to go on";
  }
}

int LabelWidth(const v1::OpenState& state) {
  return 2 * DepthOf(state) + DisplayWidth(Label(state));
}

std::string DescribeOpenState(const v1::OpenState& state, int name_width, absl::Time now,
                              const Palette& paint) {
  const std::string indent(static_cast<size_t>(2 * DepthOf(state)), ' ');
  const int width = std::max(1, name_width - static_cast<int>(indent.size()));
  std::string line =
      absl::StrCat(indent, paint(Style::kRunning, "▶ "),
                   paint(Style::kBold, Pad(Truncate(Label(state), width), width)), "  ",
                   paint(Style::kDim, Pad(state.type(), 8)), " ", DescribeWait(state, now, paint));
  if (state.attempt() > 1 && state.waiting_for() != v1::OpenState::WAITING_FOR_RETRY) {
    absl::StrAppend(&line, paint(Style::kWarn, absl::StrCat("  attempt ", state.attempt())));
  }
  if (!state.heartbeat_details().empty()) {
    absl::StrAppend(&line, "  ", paint(Style::kDim, "♥ "),
                    Truncate(OneLine(state.heartbeat_details()), 60));
  }
  return line;
}

}  // namespace pawl::cli
