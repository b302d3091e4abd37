#include "engine/auth/audit_log.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxWriteBytes = size_t{1} << 20;

}  // namespace

AuditLog::AuditLog(std::unique_ptr<AuditSink> sink, Settings settings,
                   std::function<void(absl::string_view)> warn)
    : sink_(std::move(sink)),
      settings_(settings),
      warn_(std::move(warn)),
      thread_([this] { Run(); }) {}

AuditLog::~AuditLog() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void AuditLog::Write(const AuditEntry& entry) {
  std::string text = AuditLine(entry);
  absl::MutexLock lock(&mutex_);
  last_time_ = entry.time;
  if (lines_.size() >= settings_.max_queued_lines ||
      queued_bytes_ + text.size() > settings_.max_queued_bytes) {
    ++stats_.missing;
    ++missing_last_;
    return;
  }
  queued_bytes_ += text.size();
  lines_.push_back({std::move(text), std::exchange(missing_last_, 0)});
}

void AuditLog::Flush() {
  const auto is_idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return lines_.empty() && !is_writing_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_idle));
}

AuditLog::Stats AuditLog::stats() const {
  absl::MutexLock lock(&mutex_);
  return stats_;
}

bool AuditLog::Take(Batch* batch) {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !lines_.empty() || is_stopping_;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&has_work));
  if (lines_.empty()) return false;
  const auto tell = [batch, time = last_time_](int64_t missing) {
    if (missing > 0) batch->text += AuditGapLine(time, missing);
    batch->missing += missing;
  };
  tell(std::exchange(missing_first_, 0));
  while (!lines_.empty() && batch->text.size() < kMaxWriteBytes) {
    tell(lines_.front().missing_before);
    batch->text += lines_.front().text;
    ++batch->entries;
    queued_bytes_ -= lines_.front().text.size();
    lines_.pop_front();
  }
  is_writing_ = true;
  return true;
}

AuditLog::Batch AuditLog::TakeRest() {
  absl::MutexLock lock(&mutex_);
  Batch batch;
  batch.missing = std::exchange(missing_first_, 0) + std::exchange(missing_last_, 0);
  if (batch.missing > 0) batch.text = AuditGapLine(last_time_, batch.missing);
  return batch;
}

void AuditLog::Finish(const absl::Status& status, const Batch& batch) {
  int64_t missing = 0;
  {
    absl::MutexLock lock(&mutex_);
    is_writing_ = false;
    if (status.ok()) {
      stats_.written += batch.entries;
    } else {
      stats_.missing += batch.entries;
      missing_first_ += batch.entries + batch.missing;
    }
    missing = stats_.missing;
  }
  // Told once at the beginning and once at the end, however often it happens in between.
  if (!status.ok() && !std::exchange(is_failing_, true)) {
    warn_(absl::StrCat(status.message(), "; calls go on and are missing in it"));
  }
  if (status.ok() && std::exchange(is_failing_, false)) {
    warn_(absl::StrCat("the audit log is written again; ", missing,
                       " calls since the start are missing in it"));
  }
}

void AuditLog::Run() {
  Batch batch;
  while (Take(&batch)) {
    Finish(sink_->Write(batch.text), batch);
    batch = Batch();
  }
  batch = TakeRest();
  if (!batch.text.empty()) Finish(sink_->Write(batch.text), batch);
}

}  // namespace pawl::auth
