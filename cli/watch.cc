// pawl watch
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/watch_view.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(500);
constexpr int64_t kMostWatched = 200;  // executions at a time
constexpr int kMostSilent = 60;        // looks in a row without an answer

// Looks at executions again and again. Thread-compatible.
class Watcher {
 public:
  explicit Watcher(Invocation& call) : call_(call), names_(call.args().positional()) {
    for (std::string& name : names_) name = ShortExecution(name);
  }

  // OK with what was seen; the executions that have ended are not asked for again.
  absl::Status Look() {
    if (call_.args().Has("machine")) {
      if (absl::Status status = FindRunning(); !status.ok()) return status;
    }
    for (const std::string& name : names_) {
      const auto known = seen_.find(name);
      if (known != seen_.end() && IsClosed(known->second.execution().status())) continue;
      v1::ExecutionsDescribeRequest request;
      request.set_execution(name);
      request.set_include_open_states(true);
      v1::ExecutionsDescribeResponse response;
      if (absl::Status status = call_.engine().Call(request, &response); !status.ok())
        return status;
      seen_[name] = std::move(response);
    }
    return absl::OkStatus();
  }

  std::vector<v1::ExecutionsDescribeResponse> Seen() const {
    std::vector<v1::ExecutionsDescribeResponse> seen;
    for (const std::string& name : names_) {
      const auto found = seen_.find(name);
      if (found != seen_.end()) seen.push_back(found->second);
    }
    return seen;
  }

  bool all_closed() const {
    return std::all_of(seen_.begin(), seen_.end(), [](const auto& entry) {
      return IsClosed(entry.second.execution().status());
    });
  }

  bool all_succeeded() const {
    return std::all_of(seen_.begin(), seen_.end(), [](const auto& entry) {
      return entry.second.execution().status() == v1::EXECUTION_STATUS_SUCCEEDED;
    });
  }

 private:
  absl::Status FindRunning() {
    v1::ExecutionsListRequest request;
    request.set_state_machine(call_.args().Text("machine"));
    request.set_status(v1::EXECUTION_STATUS_RUNNING);
    return ForEachPage<v1::ExecutionsListRequest, v1::ExecutionsListResponse>(
        call_.engine(), request, kMostWatched, [&](const auto& page) {
          for (const v1::Execution& execution : page.executions()) {
            const std::string name = ShortExecution(execution.arn());
            if (seen_.count(name) == 0 &&
                std::find(names_.begin(), names_.end(), name) == names_.end()) {
              names_.push_back(name);
            }
          }
          return page.executions_size();
        });
  }

  Invocation& call_;
  std::vector<std::string> names_;  // in the order of the picture
  std::map<std::string, v1::ExecutionsDescribeResponse> seen_;
};

// Draws over the last picture. Thread-compatible.
class Screen {
 public:
  explicit Screen(Console& console) : console_(console) {}

  void Show(const std::vector<std::string>& lines) {
    std::string out = height_ > 0 ? absl::StrCat("\x1b[", height_, "A\r") : std::string();
    for (const std::string& line : lines) {
      absl::StrAppend(&out, SafeStyledLines(line), "\x1b[K\n");
    }
    absl::StrAppend(&out, "\x1b[J");
    console_.Raw(out);
    console_.Flush();
    height_ = static_cast<int>(lines.size());
  }

 private:
  Console& console_;
  int height_ = 0;
};

void ShowChanges(Invocation& call, const Watcher& watcher, ChangeLog* log) {
  const Palette& paint = call.console().palette();
  for (const v1::ExecutionsDescribeResponse& found : watcher.Seen()) {
    for (const std::string& line : log->Update(found, absl::Now(), paint))
      call.console().Line(line);
  }
  call.console().Flush();
}

ExitCode Watch(Invocation& call) {
  if (call.args().positional().empty() == !call.args().Has("machine")) {
    return call.Usage("name executions, or --machine NAME");
  }
  for (const std::string& execution : call.args().positional()) {
    if (absl::Status status = CheckExecution(execution); !status.ok()) {
      return call.Usage(std::string(status.message()));
    }
  }
  const absl::Time until = absl::Now() + call.args().Duration("timeout", absl::InfiniteDuration());
  Watcher watcher(call);
  Screen screen(call.console());
  ChangeLog log;
  int silent = 0;
  while (true) {
    const absl::Status status = watcher.Look();
    // An engine that restarts is back in seconds; one that never answered is not there.
    const bool may_return = absl::IsUnavailable(status) && !watcher.Seen().empty();
    if (!status.ok() && !(may_return && ++silent <= kMostSilent)) return call.Refuse(status);
    if (status.ok()) silent = 0;
    const std::vector<v1::ExecutionsDescribeResponse> seen = watcher.Seen();
    if (seen.empty() && !call.wants_json()) call.console().Note("nothing runs");
    if (call.console().is_terminal() && !call.wants_json()) {
      std::vector<std::string> lines = DrawExecutions(
          seen, absl::Now(), call.console().width(),
          watcher.all_closed() ? 0 : call.console().height(), call.console().palette());
      if (silent > 0) {
        lines.push_back(
            call.console().palette()(Style::kWarn, "the engine does not answer; trying again"));
      }
      screen.Show(lines);
    } else if (!call.wants_json()) {
      ShowChanges(call, watcher, &log);
    }
    if (watcher.all_closed()) break;
    if (absl::Now() >= until) {
      return call.Refuse(absl::DeadlineExceededError("still running after the --timeout"));
    }
    absl::SleepFor(std::min(kInterval, until - absl::Now()));
  }
  if (call.wants_json()) {
    Value::Elements all;
    for (const auto& found : watcher.Seen()) all.push_back(ToJsonValue(found, Payloads::kAsJson));
    PrintJson(call.console(), Value::Array(std::move(all)));
  } else if (!call.console().is_terminal() && watcher.Seen().size() > 1) {
    call.console().Line(Totals(watcher.Seen(), call.console().palette()));
  }
  return watcher.all_succeeded() ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace

std::vector<Command> WatchCommands() {
  return {
      {"watch",
       "EXECUTION...",
       "live progress, until all have ended",
       "Shows every open state, its attempt and what it waits for, and Map and Parallel as bars. "
       "If\n"
       "standard output is not a terminal, prints a line per change. Exit code 0 if all SUCCEEDED.",
       0,
       -1,
       {{"machine", Flag::Kind::kText, "NAME",
         "all running executions of this machine, new ones too", 'm'},
        {"timeout", Flag::Kind::kDuration, "DURATION",
         "stop watching after this time (exit code 7) [none]"}},
       {{"pawl watch order/order-7 order/order-8", "two of them"},
        {"pawl watch --machine order", "everything that runs"}},
       &Watch}};
}

}  // namespace pawl::cli
