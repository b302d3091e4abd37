#include "engine/api/aws/request_members.h"

namespace pawl::api::aws_json {

const Value* RequestMembers::Find(absl::string_view name) const {
  const Value* found = structure_.Find(name);
  return found != nullptr && !found->is_null() ? found : nullptr;
}

const std::string& RequestMembers::Text(absl::string_view name) const {
  static const auto* const none = new std::string();
  const Value* found = Find(name);
  return found != nullptr ? found->AsString() : *none;
}

absl::optional<std::string> RequestMembers::OptionalText(absl::string_view name) const {
  const Value* found = Find(name);
  if (found == nullptr) return absl::nullopt;
  return found->AsString();
}

absl::optional<int64_t> RequestMembers::OptionalInt(absl::string_view name) const {
  const Value* found = Find(name);
  int64_t number = 0;
  if (found == nullptr || !found->ToInt64(&number)) return absl::nullopt;
  return number;
}

int64_t RequestMembers::Int(absl::string_view name, int64_t otherwise) const {
  return OptionalInt(name).value_or(otherwise);
}

absl::optional<double> RequestMembers::OptionalDouble(absl::string_view name) const {
  const Value* found = Find(name);
  if (found == nullptr) return absl::nullopt;
  return found->AsDouble();
}

bool RequestMembers::Bool(absl::string_view name, bool otherwise) const {
  const Value* found = Find(name);
  return found != nullptr ? found->AsBool() : otherwise;
}

RequestMembers RequestMembers::Structure(absl::string_view name) const {
  const Value* found = Find(name);
  return RequestMembers(found != nullptr ? *found : Value());
}

const Value::Elements& RequestMembers::List(absl::string_view name) const {
  static const auto* const none = new Value::Elements();
  const Value* found = Find(name);
  return found != nullptr ? found->AsArray() : *none;
}

bool WantsData(const RequestMembers& request) {
  return request.Text("includedData") != "METADATA_ONLY";
}

}  // namespace pawl::api::aws_json
