#include "engine/auth/audit_log.h"

#include <string>
#include <utility>

namespace pawl::auth {
namespace {

lines::LogWords Words(std::function<void(absl::string_view)> warn) {
  return {"the audit log", "calls", "calls go on and are missing in it", &AuditGapLine,
          std::move(warn)};
}

}  // namespace

AuditLog::AuditLog(std::unique_ptr<AuditSink> sink, Settings settings,
                   std::function<void(absl::string_view)> warn)
    : log_(std::move(sink), std::move(settings), Words(std::move(warn))) {}

void AuditLog::Write(const AuditEntry& entry) {
  lines::LogEntry line;
  line.time = entry.time;
  std::string text = AuditLine(entry);
  line.bytes = text.size();
  line.append = [text = std::move(text)](std::string* out) { out->append(text); };
  log_.Write(std::move(line));
}

}  // namespace pawl::auth
