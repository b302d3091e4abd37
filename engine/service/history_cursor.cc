#include "engine/service/history_cursor.h"

#include <algorithm>
#include <utility>

#include "engine/core/record_codec.h"

namespace pawl::service {
namespace {

constexpr size_t kReadBytes = size_t{1024} * 1024;  // aimed at for one read of rows
constexpr int kMaxRowsPerRead = 200;
constexpr size_t kEventOverhead = 64;
// So that one page does not hold its thread for the whole of a long history.
constexpr int kMaxSkipped = 20'000;

bool IsEndOfExecution(const core::Event& event) {
  return event.Is<core::ExecutionSucceeded>() || event.Is<core::ExecutionFailed>() ||
         event.Is<core::ExecutionTimedOut>() || event.Is<core::ExecutionAborted>();
}

}  // namespace

size_t ShownBytes(const core::Event& event) {
  size_t bytes = kEventOverhead + core::StateOf(event).size();
  const auto add = [&bytes](const absl::optional<std::string>& text) {
    if (text.has_value()) bytes += text->size();
  };
  std::visit(
      [&](const auto& details) {
        if constexpr (requires { details.input; }) bytes += details.input.size_bytes();
        if constexpr (requires { details.output; }) bytes += details.output.size_bytes();
        if constexpr (requires { details.parameters; }) bytes += details.parameters.size_bytes();
        if constexpr (requires { details.resource; }) bytes += details.resource.size();
        if constexpr (requires { details.resource_type; }) bytes += details.resource_type.size();
        if constexpr (requires { details.worker_name; }) add(details.worker_name);
        if constexpr (requires { details.location; }) add(details.location);
        if constexpr (requires { details.assigned; }) {
          for (const core::AssignedVariable& variable : details.assigned) {
            bytes += variable.name.size() + variable.value.size_bytes();
          }
        }
      },
      event.details);
  if (const core::ErrorAndCause* failure = core::FailureOf(event)) {
    add(failure->error);
    add(failure->cause);
  }
  return bytes;
}

absl::StatusOr<bool> HistoryCursor::LoadTransition(persistence::Store& store) {
  if (rows_.empty()) {
    auto read = store.ReadHistory(ref_, position_.sequence, rows_per_read_, reverse_);
    if (!read.ok()) return read.status();
    if (read->empty()) return false;
    size_t bytes = 0;
    for (const persistence::HistoryRow& row : *read) bytes += row.record.size();
    const size_t average = std::max<size_t>(1, bytes / read->size());
    rows_per_read_ = static_cast<int>(std::clamp<size_t>(kReadBytes / average, 1, kMaxRowsPerRead));
    for (persistence::HistoryRow& row : *read) rows_.push_back(std::move(row));
  }
  const persistence::HistoryRow row = std::move(rows_.front());
  rows_.pop_front();
  auto events = core::DecodeTransition(row.record);
  if (!events.ok()) return events.status();
  if (reverse_) std::reverse(events->begin(), events->end());
  events_ = *std::move(events);
  // A read in reverse begins at the largest number, not at the last transition's.
  if (row.sequence != position_.sequence) position_ = {row.sequence, 0};
  held_bytes_ = row.record.size();
  is_loaded_ = true;
  return true;
}

absl::StatusOr<const core::Event*> HistoryCursor::Peek(persistence::Store& store) {
  while (true) {
    if (!is_loaded_) {
      if (position_.sequence < 1) return nullptr;
      absl::StatusOr<bool> loaded = LoadTransition(store);
      if (!loaded.ok()) return loaded.status();
      if (!*loaded) return nullptr;
    }
    if (position_.skip < static_cast<int64_t>(events_.size())) {
      return &events_[static_cast<size_t>(position_.skip)];
    }
    position_ = {position_.sequence + (reverse_ ? -1 : 1), 0};
    is_loaded_ = false;
    events_.clear();
    held_bytes_ = 0;
  }
}

absl::Status FillPage(persistence::Store& store, const PageLimits& limits, HistoryCursor* cursor,
                      EventPage* page) {
  *page = EventPage();
  size_t bytes = 0;
  int skipped = 0;
  while (true) {
    absl::StatusOr<const core::Event*> next = cursor->Peek(store);
    if (!next.ok()) return next.status();
    if (*next == nullptr) return absl::OkStatus();
    const core::Event& event = **next;
    const bool is_shown =
        event.is_numbered() ? limits.after_event == core::kNoEvent || event.id > limits.after_event
                            : limits.includes_internal;
    if (is_shown) {
      const size_t size = ShownBytes(event);
      const bool is_full = static_cast<int>(page->events.size()) >= limits.max_events ||
                           bytes + size > limits.max_bytes;
      if (is_full && !page->events.empty()) {
        page->has_more = true;
        return absl::OkStatus();
      }
      bytes += size;
      page->events.push_back(event);
    } else if (++skipped > kMaxSkipped) {
      page->has_more = true;
      return absl::OkStatus();
    }
    page->has_end = page->has_end || IsEndOfExecution(event);
    cursor->Advance();
  }
}

}  // namespace pawl::service
