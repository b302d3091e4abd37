// Reading configuration in JSON: what is wrong is said with its place, and nothing is left out in
// silence. Internal to engine/auth.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/auth/policy.h"
#include "engine/value/value.h"

namespace pawl::auth {

// InvalidArgument: "WHAT: POINTER RULE"; `pointer` is "" for the document itself.
absl::Status WrongConfig(absl::string_view what, absl::string_view pointer, absl::string_view rule);

// One object of a configuration. The value outlives it.
class ConfigObject {
 public:
  // `json`, at `pointer` of the configuration `what`: an object with no other members than `known`.
  static absl::StatusOr<ConfigObject> Read(std::string what, std::string pointer, const Value& json,
                                           const std::vector<absl::string_view>& known);

  // The member, a text of 1 to 2,048 bytes.
  absl::StatusOr<std::string> Text(absl::string_view member) const;
  // A namespace; "*" becomes "", which stands for all of them.
  absl::StatusOr<std::string> Namespace() const;
  // The member "policies": an array of one or more names of built-in policies and documents.
  absl::StatusOr<Policies> ReadPolicies() const;
  // The member, an array of at most `max` values.
  absl::StatusOr<const Value::Elements*> Array(absl::string_view member, size_t max) const;

  absl::Status Wrong(absl::string_view member, absl::string_view rule) const;

 private:
  ConfigObject(std::string what, std::string pointer, const Value& json)
      : what_(std::move(what)), pointer_(std::move(pointer)), json_(json) {}

  std::string what_;
  std::string pointer_;
  Value json_;
};

// A whole configuration of at most 256 KiB.
absl::StatusOr<Value> ParseConfig(absl::string_view what, absl::string_view json);

}  // namespace pawl::auth
