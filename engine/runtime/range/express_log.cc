#include "engine/runtime/range/express_log.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/core/aws_history.h"
#include "engine/runtime/world/log.h"
#include "engine/value/json.h"

namespace pawl::runtime {

void LogExpressEvents(const ExpressLogOptions& options, const core::Execution& execution,
                      const std::vector<core::Event>& events) {
  if (options.level != ExpressLogLevel::kEvents) return;
  for (const core::Event& event : events) {
    if (!event.is_numbered()) continue;
    LogFields fields = {{"execution", execution.header().arn},
                        {"id", absl::StrCat(event.id.value())},
                        {"previous_event_id", absl::StrCat(event.previous.value())},
                        {"type", std::string(core::InfoOf(event.type).name)},
                        {"event_time_ms", absl::StrCat(absl::ToUnixMillis(event.time))}};
    const absl::string_view state = core::StateOf(event);
    if (!state.empty()) fields.emplace_back("name", std::string(state));
    if (options.with_data) {
      fields.emplace_back(
          "details", ToJson(core::AwsDetails(event, {.role_arn = execution.header().role_arn})));
    }
    Log(LogLevel::kInfo, "express event", fields);
  }
}

void LogExpressEnd(const ExpressLogOptions& options, const core::Execution& execution) {
  const bool has_succeeded = execution.status() == core::ExecutionStatus::kSucceeded;
  const absl::optional<core::ParentLink>& parent = execution.parent();
  const bool is_map_child = parent.has_value() && parent->map_run >= 0;
  const bool is_quiet = options.level == ExpressLogLevel::kErrors ||
                        (options.level == ExpressLogLevel::kEnds && is_map_child);
  if (options.level == ExpressLogLevel::kOff || (has_succeeded && is_quiet)) return;
  Log(has_succeeded ? LogLevel::kInfo : LogLevel::kWarning, "express execution ended",
      {{"execution", execution.header().arn},
       {"status", std::string(core::StatusName(execution.status()))},
       {"error", execution.error().value_or("")},
       {"duration_ms", absl::StrCat(absl::ToInt64Milliseconds(execution.stop_time() -
                                                              execution.header().start_time))},
       {"events", absl::StrCat(execution.last_event_id().value())}});
}

}  // namespace pawl::runtime
