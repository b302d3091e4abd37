// Who did what to what from where: one line of JSON for each call that may have changed something,
// and for each one that was denied.
//
//   auto sink = OpenAuditFile({.path = "/var/log/pawl/audit.jsonl"});
//   AuditLog log(*std::move(sink), {}, [](absl::string_view text) { Warn(text); });
//   if (IsAudited(operation, status)) log.Write({.time = now, .operation = operation, ...});
//
// Calls do not wait for the log. Where lines come faster than the disk takes them, or the disk is
// full, calls go on and lines are left out: they are counted, and the next line that is written says
// how many are missing before it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/auth/audit_entry.h"
#include "engine/auth/audit_sink.h"

namespace pawl::auth {

// Thread-safe.
class AuditLog {
 public:
  struct Settings {
    size_t max_queued_lines = 10'000;
    size_t max_queued_bytes = size_t{8} << 20;
  };
  struct Stats {
    int64_t written = 0;  // entries
    int64_t missing = 0;  // entries that were left out
  };

  // `warn` gets a sentence for the operator when lines begin to be missing, and when they are written
  // again; it is called on the log's own thread.
  AuditLog(std::unique_ptr<AuditSink> sink, Settings settings,
           std::function<void(absl::string_view)> warn);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  // Writes what is queued.
  ~AuditLog();

  // Does not block.
  void Write(const AuditEntry& entry);
  // Returns once everything that was written before is at the sink, or counted as missing. Blocks.
  void Flush();
  Stats stats() const;

 private:
  struct Line {
    std::string text;
    int64_t missing_before = 0;
  };
  // Of one write.
  struct Batch {
    std::string text;
    int64_t entries = 0;
    int64_t missing = 0;  // that its text tells of
  };

  void Run();
  // Waits for lines and takes up to about 1 MiB of them; false at the end, when there are none.
  bool Take(Batch* batch);
  // What is missing after the last line.
  Batch TakeRest();
  void Finish(const absl::Status& status, const Batch& batch);

  const std::unique_ptr<AuditSink> sink_;
  const Settings settings_;
  const std::function<void(absl::string_view)> warn_;

  mutable absl::Mutex mutex_;
  std::deque<Line> lines_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Missing before all queued lines, for they could not be written, and behind them, for there was no
  // room.
  int64_t missing_first_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t missing_last_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time last_time_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
  Stats stats_ ABSL_GUARDED_BY(mutex_);
  bool is_failing_ = false;  // the thread's own: as the operator was told

  std::thread thread_;  // the last: it uses the others
};

}  // namespace pawl::auth
