// A log of lines that nobody waits for: a bounded queue, and a thread that writes.
//
//   LineLog log(*std::move(sink), {}, words);
//   log.Write({.time = now, .bytes = text.size(),
//              .append = [text](std::string* out) { out->append(text); }});
//
// Where lines come faster than they can be written, or the disk is full, the callers go on and lines
// are left out: they are counted, the operator is told, and the next line that is written says how
// many are missing before it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/lines/line_sink.h"

namespace pawl::lines {

// One line, or several that belong together.
struct LogEntry {
  std::string route = {};  // which of the sink's files
  absl::Time time = {};    // that a line about what is missing carries
  size_t bytes = 0;        // of memory that it holds while it waits
  int64_t lines = 1;
  // Appends its lines, each with its line feed. Called once on the log's own thread, or not at all.
  absl::AnyInvocable<void(std::string*)> append = {};
};

// How a log speaks.
struct LogWords {
  std::string what;     // "the audit log"
  std::string entries;  // what its lines are: "calls"
  std::string failing;  // what it means that they are missing: "calls go on and are missing in it"
  // The line that says that `missing` lines are missing before it, with its line feed.
  std::function<std::string(absl::Time time, int64_t missing)> gap_line;
  // Gets a sentence for the operator when lines begin to be missing, and when they are written again;
  // called on the log's own thread.
  std::function<void(absl::string_view)> warn;
};

// Thread-safe.
class LineLog {
 public:
  struct Settings {
    size_t max_queued_entries = 10'000;
    size_t max_queued_bytes = size_t{8} << 20;  // one entry may exceed it, alone
    std::string limit = {};  // the flag that bounds the queue, for the operator; "" where none does
  };
  struct Stats {
    int64_t written = 0;  // lines
    int64_t missing = 0;  // lines that were left out
  };

  LineLog(std::unique_ptr<LineSink> sink, Settings settings, LogWords words);
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;
  // Writes what is queued.
  ~LineLog();

  // Does not block.
  void Write(LogEntry entry);
  // Returns once everything that was written before is at the sink, or counted as missing. Blocks.
  void Flush();
  Stats stats() const;

 private:
  struct Queued {
    LogEntry entry;
    int64_t missing_before = 0;
  };
  // Missing lines of a route: before all that is queued, for they could not be written, and behind it,
  // for there was no room.
  struct Gap {
    int64_t first = 0;
    int64_t last = 0;
  };
  // Of one write to one route.
  struct Batch {
    std::deque<Queued> entries;
    absl::Time time;
    int64_t missing_first = 0;
    int64_t lines = 0;
    int64_t missing = 0;  // that its text tells of
  };
  using Batches = std::map<std::string, Batch>;  // by route

  void Run();
  // Waits for entries and takes up to about 1 MiB of them; false at the end, when there are none.
  bool Take(Batches* batches);
  // What is missing after the last lines.
  Batches TakeRest();
  void WriteOut(Batches batches);
  std::string Text(Batch* batch) const;
  void Finish(const std::string& route, const absl::Status& status, const Batch& batch);
  void AddGap(const std::string& route, int64_t first, int64_t last)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WarnOfOverflow();

  const std::unique_ptr<LineSink> sink_;
  const Settings settings_;
  const LogWords words_;

  mutable absl::Mutex mutex_;
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Only routes with a gap, and at most kMaxGaps of them: what is missing elsewhere is counted in
  // `stats_` alone.
  std::map<std::string, Gap> gaps_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_time_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
  int64_t overflowed_ ABSL_GUARDED_BY(mutex_) = 0;
  Stats stats_ ABSL_GUARDED_BY(mutex_);
  // The thread's own: what the operator was told.
  std::set<std::string> failing_;
  int64_t overflow_told_ = 0;

  std::thread thread_;  // the last: it uses the others
};

}  // namespace pawl::lines
