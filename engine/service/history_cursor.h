// Reads a stored history event by event, in either direction, a bounded number of bytes at a time.
//
//   HistoryCursor cursor(ref, {.sequence = 1}, /*reverse=*/false);
//   absl::Status status = FillPage(store, limits, &cursor, &page);
//
// Thread-compatible; reading blocks on the store.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/core/event.h"
#include "engine/service/page_token.h"
#include "persistence/store.h"

namespace pawl::service {

class HistoryCursor {
 public:
  HistoryCursor(persistence::ExecutionRef ref, HistoryPosition position, bool reverse)
      : ref_(ref), position_(position), reverse_(reverse) {}

  // The event at position(), valid until Advance; nullptr where nothing more is stored now. Asked
  // again later it sees what has been added. DataLoss where a record cannot be decoded; errors of
  // the store.
  absl::StatusOr<const core::Event*> Peek(persistence::Store& store);
  void Advance() { ++position_.skip; }

  HistoryPosition position() const { return position_; }
  // The record that is held decoded while its events are read.
  size_t held_bytes() const { return held_bytes_; }

 private:
  // False where there are no more rows.
  absl::StatusOr<bool> LoadTransition(persistence::Store& store);

  const persistence::ExecutionRef ref_;
  HistoryPosition position_;
  const bool reverse_;
  bool is_loaded_ = false;  // events_ are those of position_.sequence
  std::vector<core::Event> events_;
  std::deque<persistence::HistoryRow> rows_;  // read and not yet decoded
  int rows_per_read_ = 4;                     // adapted to the size of the rows
  size_t held_bytes_ = 0;
};

struct PageLimits {
  int max_events = 100;
  // Approximate size of a page's events as they are shown. A larger event is a page of its own.
  size_t max_bytes = size_t{3} * 1024 * 1024;
  bool includes_internal = false;  // events that AWS does not have
  core::EventId after_event;       // numbered events up to this one are left out
};

struct EventPage {
  std::vector<core::Event> events;
  bool has_more = false;  // at the cursor's position, as far as is stored now
  bool has_end = false;   // the end of the execution was read
};

// Approximate bytes of an event in any front's form. Payloads that events share count each time.
size_t ShownBytes(const core::Event& event);

// Replaces `page` by the next events of `cursor`.
absl::Status FillPage(persistence::Store& store, const PageLimits& limits, HistoryCursor* cursor,
                      EventPage* page);

}  // namespace pawl::service
