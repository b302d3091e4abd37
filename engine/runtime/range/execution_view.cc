#include "engine/runtime/range/execution_view.h"

#include <algorithm>

namespace pawl::runtime {
namespace {

std::vector<MapRunView> MapRunsOf(const core::Execution& state) {
  std::vector<MapRunView> runs;
  const auto add = [&](core::MapRunSummary summary) {
    MapRunView run;
    run.arn = core::MapRunArn(state, summary.label, summary.ordinal);
    run.summary = std::move(summary);
    runs.push_back(std::move(run));
  };
  for (const core::MapRunSummary& ended : state.ended_map_runs()) add(ended);
  for (const auto& [ordinal, frame_id] : state.map_runs()) {
    const core::Frame* frame = state.FindFrame(frame_id);
    if (frame == nullptr || frame->map_run == nullptr) continue;
    add(core::Summarize(*frame->map_run, core::ExecutionStatus::kRunning, absl::InfiniteFuture()));
  }
  std::sort(runs.begin(), runs.end(), [](const MapRunView& a, const MapRunView& b) {
    return a.summary.ordinal > b.summary.ordinal;
  });
  return runs;
}

bool AwaitsChild(const core::Execution& state, const core::ParentLink& link) {
  if (state.is_closed()) return false;
  if (link.map_run < 0) return state.FindTask(link.scheduled) != nullptr;
  const core::Frame* run = state.FindMapRun(link.map_run);
  return run != nullptr && run->map_run->redrive_count == link.map_run_redrive &&
         run->map_run->running.count(link.index) > 0;
}

}  // namespace

ExecutionView MakeView(const core::Execution& state) {
  ExecutionView view;
  const core::ExecutionHeader& header = state.header();
  view.row.name = header.name;
  view.row.machine = header.machine_name;
  view.row.start_time = header.start_time;
  view.row.stop_time = state.stop_time();
  view.row.status = static_cast<persistence::Status>(state.status());
  view.arn = header.arn;
  view.machine_arn = header.machine_arn;
  view.role_arn = header.role_arn;
  view.status = state.status();
  view.stop_time = state.stop_time();
  view.input = state.input();
  view.output = state.output();
  view.error = state.error();
  view.cause = state.cause();
  view.history_events = state.last_event_id().value();
  view.parent = state.parent();
  return view;
}

ExecutionView MakeView(const LiveExecution& live, const ViewParts& parts,
                       const TaskQueues& queues) {
  ExecutionView view = MakeView(live.state);
  view.row = live.row;
  const bool is_open = live.row.status == persistence::Status::kRunning;
  if (parts.open_states && is_open) view.open_states = OpenStates(live, queues);
  if (parts.map_runs) view.map_runs = MapRunsOf(live.state);
  if (parts.child.has_value()) view.awaits_child = AwaitsChild(live.state, *parts.child);
  return view;
}

}  // namespace pawl::runtime
