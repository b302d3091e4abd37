#include "absl/strings/str_cat.h"
#include "engine/asl/lint_rules.h"

namespace pawl::asl {

void LintTimeouts(const LintSubject& subject) {
  for (const State& state : subject.machine.states()) {
    const auto* task = std::get_if<TaskFields>(&state.fields);
    if (task == nullptr) continue;
    if (task->timeout_seconds.present() || task->heartbeat_seconds.present()) continue;
    const bool is_callback = task->resource.pattern == IntegrationPattern::kWaitForTaskToken;
    const bool is_activity = task->resource.kind == Resource::Kind::kActivity;
    if (!is_callback && !is_activity) continue;
    subject.sink->Warn(
        "PAWL_NO_TIMEOUT", absl::StrCat(state.pointer, "/Resource"),
        absl::StrCat("'", state.name, "' waits for ",
                     is_callback ? "whoever has its token" : "a worker of the activity",
                     ", for ever if nobody answers"),
        "add TimeoutSeconds (the longest it may take), or HeartbeatSeconds (the longest silence)");
  }
}

}  // namespace pawl::asl
