#include "engine/lines/line_log.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::lines {
namespace {

constexpr size_t kMaxWriteBytes = size_t{1} << 20;
constexpr size_t kMaxGaps = 1'000;
// Routes whose failures the operator is told of at once.
constexpr size_t kMaxFailing = 100;

}  // namespace

LineLog::LineLog(std::unique_ptr<LineSink> sink, Settings settings, LogWords words)
    : sink_(std::move(sink)),
      settings_(std::move(settings)),
      words_(std::move(words)),
      thread_([this] { Run(); }) {}

LineLog::~LineLog() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void LineLog::AddGap(const std::string& route, int64_t first, int64_t last) {
  if (first + last == 0 || (gaps_.size() >= kMaxGaps && gaps_.count(route) == 0)) return;
  Gap& gap = gaps_[route];
  gap.first += first;
  gap.last += last;
}

void LineLog::Write(LogEntry entry) {
  absl::MutexLock lock(&mutex_);
  last_time_ = entry.time;
  if (queue_.size() >= settings_.max_queued_entries ||
      (!queue_.empty() && queued_bytes_ + entry.bytes > settings_.max_queued_bytes)) {
    stats_.missing += entry.lines;
    overflowed_ += entry.lines;
    return AddGap(entry.route, 0, entry.lines);
  }
  int64_t missing = 0;
  if (const auto gap = gaps_.find(entry.route); gap != gaps_.end()) {
    missing = std::exchange(gap->second.last, 0);
    if (gap->second.first == 0) gaps_.erase(gap);
  }
  queued_bytes_ += entry.bytes;
  queue_.push_back({std::move(entry), missing});
}

void LineLog::Flush() {
  const auto is_idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.empty() && !is_writing_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_idle));
}

LineLog::Stats LineLog::stats() const {
  absl::MutexLock lock(&mutex_);
  return stats_;
}

bool LineLog::Take(Batches* batches) {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !queue_.empty() || is_stopping_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_work));
  if (queue_.empty()) return false;
  size_t bytes = 0;
  while (!queue_.empty() && bytes < kMaxWriteBytes) {
    Queued& queued = queue_.front();
    const auto [it, is_new] = batches->try_emplace(queued.entry.route);
    Batch& batch = it->second;
    if (const auto gap = gaps_.find(queued.entry.route); is_new && gap != gaps_.end()) {
      batch.missing_first = std::exchange(gap->second.first, 0);
      if (gap->second.last == 0) gaps_.erase(gap);
    }
    batch.time = last_time_;
    batch.lines += queued.entry.lines;
    batch.missing += queued.missing_before + (is_new ? batch.missing_first : 0);
    bytes += queued.entry.bytes;
    batch.entries.push_back(std::move(queued));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  is_writing_ = true;
  return true;
}

LineLog::Batches LineLog::TakeRest() {
  absl::MutexLock lock(&mutex_);
  Batches batches;
  for (const auto& [route, gap] : gaps_) {
    Batch& batch = batches[route];
    batch.time = last_time_;
    batch.missing = batch.missing_first = gap.first + gap.last;
  }
  gaps_.clear();
  return batches;
}

std::string LineLog::Text(Batch* batch) const {
  std::string text;
  const auto tell = [&](int64_t missing) {
    if (missing > 0) text += words_.gap_line(batch->time, missing);
  };
  tell(batch->missing_first);
  for (Queued& queued : batch->entries) {
    tell(queued.missing_before);
    queued.entry.append(&text);
    queued.entry.append = nullptr;  // what it holds may be large
  }
  return text;
}

void LineLog::WriteOut(Batches batches) {
  for (auto& [route, batch] : batches) {
    const std::string text = Text(&batch);
    Finish(route, sink_->Write(route, text), batch);
  }
}

void LineLog::Finish(const std::string& route, const absl::Status& status, const Batch& batch) {
  int64_t missing = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (status.ok()) {
      stats_.written += batch.lines;
    } else {
      stats_.missing += batch.lines;
      AddGap(route, batch.lines + batch.missing, 0);
    }
    missing = stats_.missing;
  }
  // Told once at the beginning and once at the end, however often it happens in between.
  if (!status.ok() && failing_.size() < kMaxFailing && failing_.insert(route).second) {
    words_.warn(absl::StrCat(status.message(), "; ", words_.failing));
  }
  if (status.ok() && failing_.erase(route) > 0) {
    words_.warn(absl::StrCat(words_.what, route.empty() ? "" : " ", route, " is written again; ",
                             missing, " ", words_.entries, " since the start are missing in it"));
  }
}

// Each time that the number has doubled: an overload that lasts is no flood of warnings.
void LineLog::WarnOfOverflow() {
  int64_t overflowed = 0;
  {
    absl::MutexLock lock(&mutex_);
    overflowed = overflowed_;
  }
  if (overflowed == 0 || overflowed < 2 * overflow_told_) return;
  overflow_told_ = overflowed;
  words_.warn(absl::StrCat(words_.what, " cannot be written as fast as lines come",
                           settings_.limit.empty() ? "" : " (", settings_.limit,
                           settings_.limit.empty() ? "" : ")", "; ", overflowed,
                           " lines since the start are missing in it"));
}

void LineLog::Run() {
  Batches batches;
  while (Take(&batches)) {
    WriteOut(std::exchange(batches, {}));
    WarnOfOverflow();
    absl::MutexLock lock(&mutex_);
    is_writing_ = false;
  }
  WriteOut(TakeRest());
}

}  // namespace pawl::lines
