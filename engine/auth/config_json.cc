#include "engine/auth/config_json.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxConfigBytes = 256 * 1024;
constexpr uint32_t kMaxDepth = 16;
constexpr size_t kMaxTextBytes = 2048;

}  // namespace

absl::Status WrongConfig(absl::string_view what, absl::string_view pointer,
                         absl::string_view rule) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": ", pointer.empty() ? "it" : pointer, " ", rule));
}

absl::StatusOr<Value> ParseConfig(absl::string_view what, absl::string_view json) {
  absl::StatusOr<Value> value =
      ParseJson(json, {.max_depth = kMaxDepth, .max_bytes = kMaxConfigBytes});
  if (value.ok()) return value;
  return WrongConfig(what, "", absl::StrCat("is not JSON: ", value.status().message()));
}

absl::StatusOr<ConfigObject> ConfigObject::Read(std::string what, std::string pointer,
                                                const Value& json,
                                                const std::vector<absl::string_view>& known) {
  if (!json.is_object()) return WrongConfig(what, pointer, "must be an object");
  for (const auto& [key, value] : json.AsObject()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return WrongConfig(what, absl::StrCat(pointer, "/", SafeLines(key)), "is not a setting");
    }
  }
  return ConfigObject(std::move(what), std::move(pointer), json);
}

absl::Status ConfigObject::Wrong(absl::string_view member, absl::string_view rule) const {
  return WrongConfig(what_, absl::StrCat(pointer_, "/", member), rule);
}

absl::StatusOr<std::string> ConfigObject::Text(absl::string_view member) const {
  const Value* value = json_.Find(member);
  if (value == nullptr || !value->is_string() || value->AsString().empty() ||
      value->AsString().size() > kMaxTextBytes) {
    return Wrong(member, absl::StrCat("must be a text of 1 to ", kMaxTextBytes, " bytes"));
  }
  return value->AsString();
}

absl::StatusOr<std::string> ConfigObject::Namespace() const {
  absl::StatusOr<std::string> ns = Text("namespace");
  if (ns.ok() && *ns == "*") return std::string();
  return ns;
}

absl::StatusOr<const Value::Elements*> ConfigObject::Array(absl::string_view member,
                                                           size_t max) const {
  const Value* value = json_.Find(member);
  if (value == nullptr || !value->is_array() || value->AsArray().size() > max) {
    return Wrong(member, absl::StrCat("must be an array of at most ", max));
  }
  return &value->AsArray();
}

absl::StatusOr<Policies> ConfigObject::ReadPolicies() const {
  const auto policies = Array("policies", kMaxPolicies);
  if (!policies.ok()) return policies.status();
  if ((*policies)->empty()) return Wrong("policies", "must have at least one");
  std::vector<std::string> texts;
  for (const Value& policy : **policies) {
    // A document may stand here as it is.
    texts.push_back(policy.is_string() ? policy.AsString() : ToJson(policy));
  }
  auto compiled = CompilePolicies(texts);
  if (!compiled.ok()) return Wrong("policies", compiled.status().message());
  return compiled;
}

}  // namespace pawl::auth
