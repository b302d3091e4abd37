// A mocked result against the response that the service's API gives (api_shapes.h).
#pragma once

#include <string>

#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::test_state {

// What does not fit ("Field 'StatusCode' must be a number"); nullopt where all does, or where the
// operation is not known. `is_strict`: what the API always gives must be there too.
absl::optional<std::string> CheckApiResult(const asl::Resource& resource, const Value& result,
                                           bool is_strict);

// The same against a shape in the notation of api_shapes.h.
absl::optional<std::string> CheckShape(absl::string_view shape, const Value& value, bool is_strict);

}  // namespace pawl::test_state
