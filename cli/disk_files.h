// The files of this computer, as a deployment reads them.
#pragma once

#include "cli/deploy/files.h"

namespace pawl::cli {

// Thread-safe. Names are relative to the working folder.
class DiskFiles final : public deploy::Files {
 public:
  deploy::FileKind KindOf(const std::string& path) const override;
  absl::StatusOr<std::string> Read(const std::string& path) const override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const override;
  absl::optional<std::string> Variable(const std::string& name) const override;
};

}  // namespace pawl::cli
