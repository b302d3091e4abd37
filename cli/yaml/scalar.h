// Internal to cli/yaml: what a scalar stands for.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::yaml {

// A plain scalar by the core schema of YAML 1.2. InvalidArgument for .inf and .nan, which JSON does
// not have.
absl::StatusOr<Value> ResolvePlain(absl::string_view text);

// A scalar with one of YAML's own tags, "tag:yaml.org,2002:int". InvalidArgument where the text is
// none of that type.
absl::StatusOr<Value> ResolveTagged(absl::string_view tag, absl::string_view text);

// {"Fn::Sub": value} for "!Sub". InvalidArgument for tags that CloudFormation does not have.
absl::StatusOr<Value> ExpandCloudFormationTag(absl::string_view tag, Value value);

}  // namespace pawl::yaml
