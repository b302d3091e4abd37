#include "engine/service/limits.h"

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/options.h"
#include "engine/value/json.h"

namespace pawl::service {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool HasControlCharacters(absl::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return true;
  }
  return false;
}

absl::Status CheckPrintable(absl::string_view member, absl::string_view text) {
  if (!HasControlCharacters(text)) return absl::OkStatus();
  return aws::MakeError(aws::Error::kValidation,
                        absl::StrCat(std::string(member), " must not hold control characters"));
}

}  // namespace

size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (const char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

absl::Status CheckLength(absl::string_view member, absl::string_view text, size_t max) {
  if (text.size() <= max || CountCharacters(text) <= max) return absl::OkStatus();
  return runtime::TooLong(member, max);
}

absl::Status CheckFailure(const absl::optional<std::string>& error,
                          const absl::optional<std::string>& cause) {
  absl::Status status = CheckLength("error", error.value_or(""), kMaxErrorCharacters);
  if (!status.ok()) return status;
  return CheckLength("cause", cause.value_or(""), kMaxCauseCharacters);
}

absl::Status CheckQueue(absl::string_view queue) {
  if (queue.empty()) {
    return aws::MakeError(aws::Error::kValidation, "queue must be given: it must not be empty");
  }
  absl::Status status = CheckLength("queue", queue, kMaxQueueCharacters);
  if (!status.ok()) return status;
  return CheckPrintable("queue", queue);
}

absl::Status CheckWorkerName(absl::string_view name) {
  absl::Status status = CheckLength("workerName", name, kMaxWorkerNameCharacters);
  if (!status.ok()) return status;
  return CheckPrintable("workerName", name);
}

absl::Status CheckHeartbeatDetails(const std::string& details) {
  if (details.empty()) return absl::OkStatus();
  if (details.size() > kMaxHeartbeatBytes) return runtime::TooLong("details", kMaxHeartbeatBytes);
  const absl::StatusOr<Value> value = ParseJson(details);
  if (value.ok()) return absl::OkStatus();
  return aws::MakeError(
      aws::Error::kValidation,
      absl::StrCat("details of a heartbeat must be JSON: ", std::string(value.status().message())));
}

absl::optional<std::string> Shorten(absl::optional<std::string> text, size_t max) {
  if (!text.has_value() || text->size() <= max || CountCharacters(*text) <= max) return text;
  size_t end = 0;
  for (size_t characters = 0; end < text->size(); ++end) {
    if (IsContinuation((*text)[end])) continue;
    if (++characters == max) break;
  }
  text->resize(end);
  text->append("…");
  return text;
}

}  // namespace pawl::service
