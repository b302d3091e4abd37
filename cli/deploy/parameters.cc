#include "cli/deploy/parameters.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl::deploy {

absl::StatusOr<Parameters> Parameters::Parse(const std::vector<std::string>& assignments) {
  Parameters parameters;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("--parameter: expected NAME=VALUE, got '", assignment, "'"));
    }
    const std::string name = assignment.substr(0, equals);
    if (!parameters.values_.emplace(name, assignment.substr(equals + 1)).second) {
      return absl::InvalidArgumentError(absl::StrCat("--parameter ", name, " is given twice"));
    }
  }
  return parameters;
}

const std::string* Parameters::Find(absl::string_view name) {
  asked_.insert(std::string(name));
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

absl::Status Parameters::CheckAllUsed() const {
  for (const auto& [name, value] : values_) {
    if (asked_.count(name) > 0) continue;
    constexpr size_t kShown = 12;
    std::vector<std::string> known(asked_.begin(), asked_.end());
    const bool is_cut = known.size() > kShown;
    if (is_cut) known.resize(kShown);
    return absl::InvalidArgumentError(
        absl::StrCat("--parameter ", name, ": nothing asks for a value of that name",
                     known.empty() ? "" : absl::StrCat("; there are ", absl::StrJoin(known, ", ")),
                     is_cut ? "..." : ""));
  }
  return absl::OkStatus();
}

std::string GiveParameter(absl::string_view name) {
  return absl::StrCat("give --parameter '", name, "=VALUE'");
}

}  // namespace pawl::deploy
