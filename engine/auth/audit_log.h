// Who did what to what from where: one line of JSON for each call that may have changed something,
// and for each one that was denied.
//
//   auto sink = lines::OpenLineFile({.path = "/var/log/pawl/audit.jsonl"});
//   AuditLog log(*std::move(sink), {}, [](absl::string_view text) { Warn(text); });
//   if (IsAudited(operation, status)) log.Write({.time = now, .operation = operation, ...});
//
// Calls do not wait for the log. Where lines come faster than the disk takes them, or the disk is
// full, calls go on and lines are left out: they are counted, and the next line that is written says
// how many are missing before it.
#pragma once

#include <functional>
#include <memory>

#include "absl/strings/string_view.h"
#include "engine/auth/audit_entry.h"
#include "engine/lines/line_log.h"
#include "engine/lines/line_sink.h"

namespace pawl::auth {

// Where its lines go; they have the one route "".
using AuditSink = lines::LineSink;

// Thread-safe.
class AuditLog {
 public:
  using Settings = lines::LineLog::Settings;
  using Stats = lines::LineLog::Stats;

  // `warn` gets a sentence for the operator when lines begin to be missing, and when they are written
  // again; it is called on the log's own thread.
  AuditLog(std::unique_ptr<AuditSink> sink, Settings settings,
           std::function<void(absl::string_view)> warn);

  // Does not block.
  void Write(const AuditEntry& entry);
  // Returns once everything that was written before is at the sink, or counted as missing. Blocks.
  void Flush() { log_.Flush(); }
  Stats stats() const { return log_.stats(); }

 private:
  lines::LineLog log_;
};

}  // namespace pawl::auth
