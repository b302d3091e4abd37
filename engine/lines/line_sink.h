// Where lines of a log go: a file that rotates, a folder with a file for each group, standard output.
//
//   auto sink = OpenLineFile({.path = "/var/log/pawl/audit.jsonl", .what = "the audit log"});
//   if (sink.ok()) status = (*sink)->Write("", "{\"a\":1}\n");
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::lines {

// Used by one thread at a time.
class LineSink {
 public:
  virtual ~LineSink() = default;
  // Appends `lines`, whole ones. `route` says which of its files they go to; a sink with one
  // destination has one route, "". Blocks. After an error some of the lines may be there.
  virtual absl::Status Write(absl::string_view route, absl::string_view lines) = 0;
};

struct LineFileSettings {
  std::string path;
  // Of one file. The write that would exceed it begins a new one; a single write may be larger.
  int64_t max_bytes = int64_t{100} << 20;
  int kept_files = 10;           // beside the current one: PATH.1, the youngest, to PATH.10
  std::string what = "the log";  // in errors
};

// A file that only its owner may read (0600); it is appended to. InvalidArgument or Unavailable where
// it cannot be opened, with the reason.
absl::StatusOr<std::unique_ptr<LineSink>> OpenLineFile(LineFileSettings settings);

struct LineFolderSettings {
  LineFileSettings file;       // its path is the folder
  size_t max_open_files = 64;  // the one that was written longest ago is closed for another
};

// A folder with a file for each route: "GROUP/NAME" is written to PATH/GROUP/NAME.jsonl, as
// RoutePath says. The folder is made where it is missing (0700). InvalidArgument or Unavailable as
// above.
absl::StatusOr<std::unique_ptr<LineSink>> OpenLineFolder(LineFolderSettings settings);

// The file of a route, relative to its folder: what stands before the first "/" names a folder, the
// rest a file, whatever either holds. Everything but ASCII letters, digits, "_", "-" and "." within a
// name is written as %XX, so no name leads out of the folder and no two share a file; a long one is
// cut and ends with a hash instead.
//   RoutePath("000000000000//aws/states/orders") = "000000000000/%2Faws%2Fstates%2Forders.jsonl"
std::string RoutePath(absl::string_view route);

// Standard output. Logs that share it write in turn.
std::unique_ptr<LineSink> LinesToStdout(std::string what);

}  // namespace pawl::lines
