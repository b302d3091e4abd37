#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/completion.h"
#include "cli/graph/progress.h"
#include "cli/names.h"
#include "cli/open_states.h"
#include "cli/watch_view.h"

namespace pawl::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class History {
 public:
  int64_t Add(const char* type, int64_t previous) {
    event_ = v1::HistoryEvent();
    event_.set_type(type);
    event_.set_id(++last_);
    event_.set_previous_event_id(previous);
    return Fold();
  }
  int64_t Enter(const char* type, const char* state, int64_t previous) {
    event_ = v1::HistoryEvent();
    event_.set_type(std::string(type) + "StateEntered");
    event_.set_id(++last_);
    event_.set_previous_event_id(previous);
    event_.mutable_state_entered_event_details()->set_name(state);
    return Fold();
  }
  int64_t Exit(const char* type, const char* state, int64_t previous) {
    event_ = v1::HistoryEvent();
    event_.set_type(std::string(type) + "StateExited");
    event_.set_id(++last_);
    event_.set_previous_event_id(previous);
    event_.mutable_state_exited_event_details()->set_name(state);
    return Fold();
  }
  void Retry(const char* state, int64_t previous) {
    v1::HistoryEvent retry;
    retry.set_type("RetryScheduled");
    retry.set_previous_event_id(previous);
    retry.mutable_retry_scheduled_event_details()->set_state_name(state);
    fold_.Add(retry);
  }
  GraphProgress Finish(bool is_closed) const { return fold_.Finish(is_closed); }

 private:
  int64_t Fold() {
    fold_.Add(event_);
    return last_;
  }
  ProgressFold fold_;
  v1::HistoryEvent event_;
  int64_t last_ = 0;
};

TEST(GraphProgress, FollowsTasksThroughRetriesToTheirEnd) {
  History history;
  int64_t last = history.Enter("Task", "Charge", history.Add("ExecutionStarted", 0));
  last = history.Add("TaskScheduled", last);
  last = history.Add("TaskFailed", last);
  EXPECT_EQ(history.Finish(false).Of("Charge").progress, StateProgress::kFailed);
  history.Retry("Charge", last);
  EXPECT_EQ(history.Finish(false).Of("Charge").progress, StateProgress::kRunning);
  last = history.Add("TaskScheduled", last);
  last = history.Add("TaskSucceeded", last);
  last = history.Exit("Task", "Charge", last);
  last = history.Enter("Pass", "Done", last);
  const GraphProgress progress = history.Finish(false);
  EXPECT_EQ(progress.Of("Charge").progress, StateProgress::kSucceeded);
  EXPECT_EQ(progress.Of("Charge").retries, 1);
  EXPECT_EQ(progress.Of("Done").progress, StateProgress::kRunning);
  EXPECT_TRUE(progress.was_taken("Charge", "Done"));
  EXPECT_EQ(progress.Of("Elsewhere").progress, StateProgress::kNotReached);
}

TEST(GraphProgress, TellsCaughtFromFailedAndStopped) {
  History history;
  const int64_t fan = history.Enter("Parallel", "Fan", history.Add("ExecutionStarted", 0));
  const int64_t started = history.Add("ParallelStateStarted", fan);
  const int64_t charge = history.Enter("Task", "Charge", started);
  history.Enter("Wait", "Pause", started);
  const int64_t failed = history.Add("TaskFailed", history.Add("TaskScheduled", charge));
  const int64_t fan_failed =
      history.Add("ParallelStateFailed", history.Add("TaskStateAborted", failed));
  // Nobody catches: the execution fails.
  EXPECT_EQ(history.Finish(true).Of("Fan").progress, StateProgress::kFailed);
  EXPECT_EQ(history.Finish(true).Of("Pause").progress, StateProgress::kStopped);
  const int64_t exited = history.Exit("Parallel", "Fan", fan_failed);
  history.Enter("Fail", "Refused", exited);
  const GraphProgress progress = history.Finish(true);
  EXPECT_EQ(progress.Of("Fan").progress, StateProgress::kCaught);
  EXPECT_EQ(progress.Of("Charge").progress, StateProgress::kFailed);
  EXPECT_EQ(progress.Of("Refused").progress, StateProgress::kFailed);
}

v1::OpenState Open(const char* name, v1::OpenState::WaitingFor waiting_for) {
  v1::OpenState state;
  state.set_name(name);
  state.set_type("Task");
  state.set_waiting_for(waiting_for);
  return state;
}

TEST(OpenStates, SayWhatTheyWaitForAndUntilWhen) {
  v1::OpenState state = Open("Charge", v1::OpenState::WAITING_FOR_WORKER);
  state.set_queue("Charge");
  EXPECT_EQ(DescribeWait(state, kNow, Palette()), "waits for a worker of Charge");
  *state.mutable_until() = ToProto(kNow + absl::Seconds(185));
  EXPECT_EQ(DescribeWait(state, kNow, Palette()),
            "waits for a worker of Charge, times out in 3m 5s");
  state.set_waiting_for(v1::OpenState::WAITING_FOR_COMPLETION);
  state.set_worker("host:7");
  EXPECT_EQ(DescribeWait(state, kNow, Palette()),
            "runs at host:7 (queue Charge), times out in 3m 5s");
  state.set_waiting_for(v1::OpenState::WAITING_FOR_RETRY);
  state.set_attempt(3);
  EXPECT_THAT(DescribeWait(state, kNow, Palette()), HasSubstr("failed; attempt 3 at "));
}

TEST(OpenStates, BarsAreFullOnlyWhenAllIsDone) {
  EXPECT_EQ(ProgressBar(0, 0, 10, 10, Palette()), "░░░░░░░░░░");
  EXPECT_EQ(ProgressBar(5, 2, 10, 10, Palette()), "█████▒▒░░░");
  EXPECT_EQ(ProgressBar(0, 1, 1000, 10, Palette()), "▒░░░░░░░░░") << "what runs is seen";
  EXPECT_EQ(ProgressBar(999, 0, 1000, 10, Palette()), "█████████░");
  EXPECT_EQ(ProgressBar(10, 0, 10, 10, Palette()), "██████████");
}

v1::ExecutionsDescribeResponse Execution(const char* name, v1::ExecutionStatus status) {
  v1::ExecutionsDescribeResponse found;
  found.mutable_execution()->set_arn(std::string("arn:aws:states:r:0:execution:order:") + name);
  found.mutable_execution()->set_status(status);
  *found.mutable_execution()->mutable_start_time() = ToProto(kNow - absl::Seconds(4));
  if (status != v1::EXECUTION_STATUS_RUNNING)
    *found.mutable_execution()->mutable_stop_time() = ToProto(kNow);
  return found;
}

TEST(WatchView, DrawsRunningStatesAndTotals) {
  v1::ExecutionsDescribeResponse running = Execution("a", v1::EXECUTION_STATUS_RUNNING);
  v1::OpenState map = Open("Items", v1::OpenState::WAITING_FOR_CHILDREN);
  map.set_type("Map");
  map.set_children_total(4);
  map.set_children_succeeded(2);
  map.set_children_running(1);
  *running.add_open_states() = map;
  const auto lines =
      DrawExecutions({running, Execution("b", v1::EXECUTION_STATUS_FAILED)}, kNow, 0, 0, Palette());
  EXPECT_THAT(lines, ElementsAre("▶ RUNNING  order/a  for 4.0s",
                                 "  ▶ Items  Map      ██████████▒▒▒▒▒░░░░░  2/4 done, 1 running",
                                 "✘ FAILED  order/b  in 4.0s", "", "1 running, 1 failed"));
}

TEST(WatchView, FitsTheTerminal) {
  std::vector<v1::ExecutionsDescribeResponse> many;
  many.reserve(50);
  for (int i = 0; i < 50; ++i)
    many.push_back(
        Execution("x", i == 49 ? v1::EXECUTION_STATUS_RUNNING : v1::EXECUTION_STATUS_SUCCEEDED));
  const auto lines = DrawExecutions(many, kNow, 20, 10, Palette());
  EXPECT_LE(lines.size(), 9U);
  EXPECT_EQ(lines[0], "▶ RUNNING  order/x …") << "what runs comes first";
}

TEST(ChangeLog, SaysEveryChangeOnce) {
  ChangeLog log;
  v1::ExecutionsDescribeResponse found = Execution("a", v1::EXECUTION_STATUS_RUNNING);
  *found.add_open_states() = Open("Charge", v1::OpenState::WAITING_FOR_WORKER);
  EXPECT_THAT(log.Update(found, kNow, Palette()),
              ElementsAre(HasSubstr("Charge  Task     waits for a worker")));
  EXPECT_THAT(log.Update(found, kNow + absl::Seconds(5), Palette()), IsEmpty());
  found = Execution("a", v1::EXECUTION_STATUS_SUCCEEDED);
  EXPECT_THAT(log.Update(found, kNow, Palette()),
              ElementsAre(HasSubstr("✔ Charge  left"), HasSubstr("✔ SUCCEEDED  order/a  in 4.0s")));
  EXPECT_THAT(log.Update(found, kNow, Palette()), IsEmpty());
}

TEST(Completion, KnowsEveryCommand) {
  for (const std::string& script : {BashCompletion(), ZshCompletion(), FishCompletion()}) {
    for (const char* word :
         {"validate", "heartbeat", "graph", "machine list --names", "or-update"}) {
      EXPECT_THAT(script, HasSubstr(word));
    }
  }
}

}  // namespace
}  // namespace pawl::cli
