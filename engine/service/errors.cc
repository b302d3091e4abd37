#include "engine/service/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"

namespace pawl::service {

std::string CutText(const std::string& text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  constexpr size_t kNoteBytes = 48;
  size_t end = max_bytes > kNoteBytes ? max_bytes - kNoteBytes : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "… (", text.size() - end, " more bytes)");
}

namespace {

// gRPC sends the text percent-encoded in one header and in base64 in another; both must fit.
size_t LimitOf(absl::string_view text) {
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E || c == '%') return kMaxMessageBytes * 3 / 5;
  }
  return kMaxMessageBytes;
}

}  // namespace

absl::Status ForCaller(const absl::Status& status, const runtime::Options& options) {
  if (status.ok()) return status;
  absl::Status out(status.code(),
                   CutText(std::string(status.message()), LimitOf(status.message())));
  status.ForEachPayload(
      [&out](absl::string_view url, const absl::Cord& payload) { out.SetPayload(url, payload); });
  const bool is_overload = aws::Classify(status).error == aws::Error::kThrottling;
  if (is_overload && !aws::RetryAfterOf(status).has_value()) {
    return aws::WithRetryAfter(std::move(out), options.retry_after);
  }
  return out;
}

}  // namespace pawl::service
