#include "engine/runtime/range/execution_log.h"

#include "engine/runtime/range/history_style.h"

namespace pawl::runtime {
namespace {

// About what an event takes without its payloads: names, errors and the rest of the line.
constexpr size_t kEventBytes = 512;

// Payloads that follow each other are often the same one: what a state puts out, the next takes in.
size_t HeldBytes(const std::vector<core::Event>& events) {
  size_t bytes = 0;
  const void* last = nullptr;
  for (const core::Event& event : events) {
    bytes += kEventBytes;
    if (const core::ErrorAndCause* failure = core::FailureOf(event)) {
      bytes += failure->cause.has_value() ? failure->cause->size() : 0;
    }
    core::ForEachPayload(event, [&](const Payload& payload) {
      if (payload.identity() != last) bytes += payload.held_bytes();
      last = payload.identity();
    });
  }
  return bytes;
}

}  // namespace

std::unique_ptr<LoggedTransition> LoggedOf(const LiveExecution& live,
                                           const std::vector<core::Event>& events,
                                           const std::string& region) {
  const LogRule& rule = *live.machine->log;
  std::vector<core::Event> logged;
  for (const core::Event& event : events) {
    if (core::IsLogged(event.type, rule.level)) logged.push_back(event);
  }
  if (logged.empty()) return nullptr;
  auto transition = std::make_unique<LoggedTransition>();
  transition->style.history = StyleOf(live.row, live.state.header().role_arn, region);
  transition->style.execution_arn = live.state.header().arn;
  transition->style.redrive_count = live.state.redrive_count();
  transition->style.includes_execution_data = rule.includes_execution_data;
  transition->style.log_group = rule.group;
  transition->ns = live.row.ns;
  transition->held_bytes = HeldBytes(logged);
  transition->events = std::move(logged);
  return transition;
}

}  // namespace pawl::runtime
