// Page tokens: where a listing goes on. Opaque to callers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::service {

// Pages have 1 to 1000 items; 0 means 100. ValidationException otherwise.
absl::StatusOr<int> PageSize(int requested);

// The next event of a history: `skip` events into transition `sequence`, in reading order.
struct HistoryPosition {
  int64_t sequence = 1;
  int64_t skip = 0;
};
std::string ToToken(const HistoryPosition& position);
// "" is the first position in reading order. InvalidToken.
absl::StatusOr<HistoryPosition> ParseHistoryToken(const std::string& text, bool reverse);

std::string ToToken(const persistence::ListCursor& cursor);
// "" is the beginning: nullopt. InvalidToken.
absl::StatusOr<absl::optional<persistence::ListCursor>> ParseListToken(const std::string& text);

}  // namespace pawl::service
