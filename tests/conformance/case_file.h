// One case file in the format of recorded executions: a definition, an input, what its tasks answer
// and what the reference service was seen to do.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/value/value.h"

namespace pawl::conformance {

struct Case {
  std::string path;
  std::string name;
  Value json;  // the whole file

  std::string DefinitionText() const;
  // With {{now+Ns}} replaced.
  std::string InputText(absl::Time now) const;
  const Value& Field(absl::string_view name) const;  // null where missing
  const Value& Expect(absl::string_view name) const;
  bool HasFeature(absl::string_view name) const;
};

absl::StatusOr<Case> ReadCase(const std::string& path);

// All *.json files below the given files and folders, in order.
std::vector<std::string> FindCaseFiles(const std::vector<std::string>& roots);

}  // namespace pawl::conformance
