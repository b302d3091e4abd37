#include "worker-sdk/src/sanitize.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/value/utf8.h"

namespace pawl::sdk {
namespace {

// Of the first byte that belongs to no sequence; npos: none.
size_t FindInvalidUtf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const size_t length = Utf8SequenceLength(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string::npos;
}

std::string Cut(std::string text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    // Not inside a sequence.
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) {
      --max_bytes;
    }
    text.resize(max_bytes);
  }
  return FindInvalidUtf8(text) == std::string::npos ? text : ReplaceInvalidUtf8(std::move(text));
}

}  // namespace

bool IsUtf8(const std::string& text) { return FindInvalidUtf8(text) == std::string::npos; }

TaskResult Sanitize(TaskResult result, bool awaits_token) {
  if (!result.ok()) {
    // Replacing may make it longer: three bytes for one. Cut first leaves that within reason.
    return Fail(Cut(result.error(), kMaxErrorBytes), Cut(result.cause(), kMaxCauseBytes));
  }
  if (result.is_accepted() && !awaits_token) {
    return Fail(kNothingAwaited,
                "the handler accepted the task, but its state does not wait for a token: return "
                "Succeed(), or let its Resource end in .waitForTaskToken");
  }
  const size_t at = FindInvalidUtf8(result.output());
  if (at == std::string::npos) return result;
  return Fail(kInvalidOutput, absl::StrCat("the handler's output is not UTF-8: see its byte ", at));
}

}  // namespace pawl::sdk
