// Log groups, as a loggingConfiguration names them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace pawl::aws {

// The name in the ARN of a log group: "/aws/states/orders" of
// "arn:aws:logs:us-east-1:000000000000:log-group:/aws/states/orders:*". What is not such an ARN names
// itself. Untrusted text: a name may hold any character.
std::string LogGroupOf(absl::string_view arn);

}  // namespace pawl::aws
