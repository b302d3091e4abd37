#include "engine/service/page_token.h"

#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "engine/service/limits.h"

namespace pawl::service {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1'000;

absl::Status NotOurs() {
  return aws::MakeError(aws::Error::kInvalidToken,
                        "Invalid Token: page_token was not made by this call");
}

}  // namespace

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0 || requested > kMaxPage) {
    return aws::MakeError(aws::Error::kValidation,
                          "page_size must be between 1 and 1000 (0 means 100)");
  }
  return requested == 0 ? kDefaultPage : requested;
}

std::string ToToken(const HistoryPosition& position) {
  return absl::StrCat(position.sequence, ".", position.skip);
}

absl::StatusOr<HistoryPosition> ParseHistoryToken(const std::string& text, bool reverse) {
  HistoryPosition position;
  if (reverse) position.sequence = std::numeric_limits<int64_t>::max();
  if (text.empty()) return position;
  if (text.size() > kMaxPageTokenCharacters) return NotOurs();
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &position.sequence) ||
      !absl::SimpleAtoi(parts[1], &position.skip) || position.sequence < 1 || position.skip < 0) {
    return NotOurs();
  }
  return position;
}

std::string ToToken(const persistence::ListCursor& cursor) {
  return absl::StrCat(absl::ToUnixMicros(cursor.start_time), ".", cursor.ref.slot.value(), ".",
                      cursor.ref.id);
}

absl::StatusOr<absl::optional<persistence::ListCursor>> ParseListToken(const std::string& text) {
  if (text.empty()) return absl::optional<persistence::ListCursor>();
  if (text.size() > kMaxPageTokenCharacters) return NotOurs();
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  int64_t time_us = 0;
  int32_t slot = 0;
  persistence::ListCursor cursor;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &time_us) ||
      !absl::SimpleAtoi(parts[1], &slot) || !absl::SimpleAtoi(parts[2], &cursor.ref.id)) {
    return NotOurs();
  }
  cursor.start_time = absl::FromUnixMicros(time_us);
  cursor.ref.slot = persistence::Slot(slot);
  return absl::optional<persistence::ListCursor>(cursor);
}

}  // namespace pawl::service
