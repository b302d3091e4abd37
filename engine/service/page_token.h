// Page tokens: where a listing goes on. Opaque to callers, and good only for the listing that they
// came from: with other arguments they are refused. They hold nothing that their caller may not see.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::service {

// Pages have 1 to 1000 items; 0 means 100. ValidationException otherwise.
absl::StatusOr<int> PageSize(int requested);

// `listing` says what is listed: the operation and all arguments but the page's. `place` is where
// the next page begins.
std::string SealToken(absl::string_view listing, absl::string_view place);
// The place; "" for an empty token. InvalidToken.
absl::StatusOr<std::string> OpenToken(absl::string_view listing, const std::string& token);

// The next event of a history: `skip` events into transition `sequence`, in reading order.
struct HistoryPosition {
  int64_t sequence = 1;
  int64_t skip = 0;
};
std::string ToToken(absl::string_view listing, const HistoryPosition& position);
// "" is the first position in reading order. InvalidToken.
absl::StatusOr<HistoryPosition> ParseHistoryToken(absl::string_view listing,
                                                  const std::string& token, bool reverse);

std::string ToToken(absl::string_view listing, const persistence::ListCursor& cursor);
// "" is the beginning: nullopt. InvalidToken.
absl::StatusOr<absl::optional<persistence::ListCursor>> ParseListToken(absl::string_view listing,
                                                                       const std::string& token);

}  // namespace pawl::service
