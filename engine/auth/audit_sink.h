// Where lines of the audit log go.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::auth {

// Used by one thread at a time.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Appends `lines`, whole ones. Blocks. After an error some of them may be there.
  virtual absl::Status Write(absl::string_view lines) = 0;
};

struct AuditFileSettings {
  std::string path;
  int64_t max_bytes = int64_t{100} << 20;  // of one file; the next write begins a new one
  int kept_files = 10;  // beside the current one: PATH.1, the youngest, to PATH.10
};

// A file that only its owner may read (0600); it is appended to. InvalidArgument or Unavailable where
// it cannot be opened, with the reason.
absl::StatusOr<std::unique_ptr<AuditSink>> OpenAuditFile(AuditFileSettings settings);

// Standard output.
std::unique_ptr<AuditSink> AuditToStdout();

}  // namespace pawl::auth
