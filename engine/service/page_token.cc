#include "engine/service/page_token.h"

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/escaping.h"
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
  return aws::MakeError(aws::Error::kInvalidToken, "Invalid Token: 'Invalid token'");
}

// FNV-1a, the same on every node: it tells listings apart, and keeps nobody out.
std::string Checksum(absl::string_view listing, absl::string_view place) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const absl::string_view part : {listing, absl::string_view("\0", 1), place}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(hash >> shift));
  return bytes;
}
constexpr size_t kChecksumBytes = 8;

}  // namespace

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0 || requested > kMaxPage) {
    return aws::MakeError(aws::Error::kValidation,
                          "page_size must be between 1 and 1000 (0 means 100)");
  }
  return requested == 0 ? kDefaultPage : requested;
}

std::string SealToken(absl::string_view listing, absl::string_view place) {
  return absl::WebSafeBase64Escape(absl::StrCat(Checksum(listing, place), place));
}

absl::StatusOr<std::string> OpenToken(absl::string_view listing, const std::string& token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (token.size() > kMaxPageTokenCharacters || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kChecksumBytes) {
    return NotOurs();
  }
  std::string place = bytes.substr(kChecksumBytes);
  if (Checksum(listing, place) != bytes.substr(0, kChecksumBytes)) return NotOurs();
  return place;
}

std::string ToToken(absl::string_view listing, const HistoryPosition& position) {
  return SealToken(listing, absl::StrCat(position.sequence, ".", position.skip));
}

absl::StatusOr<HistoryPosition> ParseHistoryToken(absl::string_view listing,
                                                  const std::string& token, bool reverse) {
  HistoryPosition position;
  if (reverse) position.sequence = std::numeric_limits<int64_t>::max();
  const absl::StatusOr<std::string> place = OpenToken(listing, token);
  if (!place.ok()) return place.status();
  if (place->empty()) return position;
  const std::vector<std::string> parts = absl::StrSplit(*place, '.');
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &position.sequence) ||
      !absl::SimpleAtoi(parts[1], &position.skip) || position.sequence < 1 || position.skip < 0) {
    return NotOurs();
  }
  return position;
}

std::string ToToken(absl::string_view listing, const persistence::ListCursor& cursor) {
  return SealToken(listing, absl::StrCat(absl::ToUnixMicros(cursor.start_time), ".",
                                         cursor.ref.slot.value(), ".", cursor.ref.id));
}

absl::StatusOr<absl::optional<persistence::ListCursor>> ParseListToken(absl::string_view listing,
                                                                       const std::string& token) {
  const absl::StatusOr<std::string> place = OpenToken(listing, token);
  if (!place.ok()) return place.status();
  if (place->empty()) return absl::optional<persistence::ListCursor>();
  const std::vector<std::string> parts = absl::StrSplit(*place, '.');
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
