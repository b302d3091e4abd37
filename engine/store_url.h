#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace pawl {

// `url` as messages may show it: what stands between "://" and the last '@' before the path (user
// and password) is replaced by "***", and so are a query's password and sslpassword. A text that is
// no URL but holds an '@' loses what stands before it.
std::string WithoutCredentials(absl::string_view url);

}  // namespace pawl
