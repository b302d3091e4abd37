// Typed access to the members of a request that has passed the checks of the API model.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/value/value.h"

namespace pawl::api::aws_json {

// A structure. Absent members, and those that are null, read as empty; so does every member of an
// absent structure.
class RequestMembers {
 public:
  explicit RequestMembers(Value structure) : structure_(std::move(structure)) {}

  bool Has(absl::string_view name) const { return Find(name) != nullptr; }
  // "" where absent. Valid as long as this.
  const std::string& Text(absl::string_view name) const;
  absl::optional<std::string> OptionalText(absl::string_view name) const;
  int64_t Int(absl::string_view name, int64_t otherwise = 0) const;
  absl::optional<int64_t> OptionalInt(absl::string_view name) const;
  absl::optional<double> OptionalDouble(absl::string_view name) const;
  bool Bool(absl::string_view name, bool otherwise = false) const;
  RequestMembers Structure(absl::string_view name) const;
  const Value::Elements& List(absl::string_view name) const;

  const Value& value() const { return structure_; }

 private:
  const Value* Find(absl::string_view name) const;

  Value structure_;
};

// Whether "includedData" wants payloads; METADATA_ONLY does not.
bool WantsData(const RequestMembers& request);

}  // namespace pawl::api::aws_json
