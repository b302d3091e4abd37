// The values that people give by --parameter NAME=VALUE: of a template's parameters, and of anything
// else that a template takes from AWS. Which of them were asked for is remembered, so that a mistyped
// name does not pass unnoticed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::deploy {

// Thread-compatible.
class Parameters {
 public:
  // InvalidArgument for a text without "=" or with an empty name, and for a name that is given twice.
  static absl::StatusOr<Parameters> Parse(const std::vector<std::string>& assignments);

  // nullptr where none of that name was given.
  const std::string* Find(absl::string_view name);
  // Counts as asked for, whether it was given or not: a template's parameter that nothing uses.
  void Declare(absl::string_view name) { asked_.insert(std::string(name)); }

  // InvalidArgument names those that nothing asked for, with the nearest names that were.
  absl::Status CheckAllUsed() const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::set<std::string> asked_;
};

// What messages tell people to do: "give --parameter NAME=VALUE".
std::string GiveParameter(absl::string_view name);

}  // namespace pawl::deploy
