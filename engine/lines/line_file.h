// One file of a log, which rotates by size.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/lines/line_sink.h"

namespace pawl::lines {

// Thread-compatible.
class LineFile {
 public:
  // With settings that CheckFileSettings accepts.
  explicit LineFile(LineFileSettings settings) : settings_(std::move(settings)) {}
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile() { Close(); }

  // Unavailable, with the reason. Write opens it as well.
  absl::Status Open();
  // As LineSink::Write. After an error the next write tries again.
  absl::Status Write(absl::string_view lines);

 private:
  std::string Name(int number) const;
  absl::Status Rotate();
  void Close();

  const LineFileSettings settings_;
  int descriptor_ = -1;
  int64_t bytes_ = 0;  // in the file
  bool is_mid_line_ = false;
};

// InvalidArgument where there is no path, no size or a negative number of files.
absl::Status CheckFileSettings(const LineFileSettings& settings);

// Unavailable, with what errno says: "the audit log /x/y cannot be opened: No such file".
absl::Status SystemError(absl::string_view what, absl::string_view path, absl::string_view done);

}  // namespace pawl::lines
