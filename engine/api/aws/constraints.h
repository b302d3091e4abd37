// Checks of a request against the API model, in AWS's words.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/api/aws/model.h"
#include "engine/value/value.h"

namespace pawl::api::aws_json {

// SerializationException for the first value that is not of its shape's type. Members that the
// shape does not have are ignored, and null is as good as absent.
absl::Status CheckTypes(const Shape& shape, const Value& value);

// ValidationException that names every constraint that `value` violates. Its types have been
// checked.
//   "2 validation errors detected: Value '1001' at 'maxResults' failed to satisfy constraint:
//   Member must have value less than or equal to 1000; Value ..."
absl::Status CheckConstraints(const Shape& shape, const Value& value);

// The model has few patterns, so each is checked by hand: in linear time, and without a library
// whose syntax differs from Java's.
bool IsKnownPattern(absl::string_view pattern);
// `pattern` is known.
bool MatchesPattern(absl::string_view pattern, absl::string_view text);

}  // namespace pawl::api::aws_json
