// Who may do what. Every operation asks before it does anything.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/service/call.h"

namespace pawl::service {

// Thread-safe; must not block.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // `operation` is the API's name ("StartExecution"); `resource` is what the caller names, an ARN
  // or a bare name, "" for operations on everything. PermissionDenied with
  // aws::Error::kAccessDenied.
  virtual absl::Status Check(const CallContext& context, absl::string_view operation,
                             absl::string_view resource) const = 0;
};

}  // namespace pawl::service
