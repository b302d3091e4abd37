#include "engine/auth/audit_entry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/auth/actions.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxValueBytes = 2048;

void AppendMember(absl::string_view name, std::string value, std::string* line) {
  value = ReplaceInvalidUtf8(std::move(value));
  TruncateUtf8(kMaxValueBytes, &value);
  absl::StrAppend(line, line->size() > 1 ? "," : "", "\"", name, "\":");
  AppendJsonString(value, line);
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

}  // namespace

bool IsAudited(absl::string_view operation, const absl::Status& status) {
  if (absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status)) return true;
  const Action* action = FindAction(operation);
  return action == nullptr || action->is_audited;
}

std::string AuditOutcome(const absl::Status& status) {
  if (status.ok()) return "OK";
  return std::string(aws::Classify(status).name);
}

std::string AuditLine(const AuditEntry& entry) {
  std::string line = "{";
  AppendMember("time", TimeText(entry.time), &line);
  AppendMember("principal", entry.principal, &line);
  AppendMember("namespace", entry.ns, &line);
  AppendMember("source", entry.source, &line);
  AppendMember("operation", entry.operation, &line);
  AppendMember("resource", entry.resource, &line);
  AppendMember("request_id", entry.request_id, &line);
  AppendMember("outcome", entry.outcome, &line);
  return absl::StrCat(SafeJson(line), "}\n");
}

std::string AuditGapLine(absl::Time time, int64_t missing) {
  return absl::StrCat("{\"time\":\"", TimeText(time), "\",\"missing\":", missing, "}\n");
}

}  // namespace pawl::auth
