// Decides by the policies of whoever calls.
#pragma once

#include <string>

#include "engine/service/authorizer.h"

namespace pawl::service {

// Thread-safe. A call without CallContext::caller is denied, as are operations that have no action in
// engine/auth/actions.h.
class PolicyAuthorizer final : public Authorizer {
 public:
  // `region` is that of the engine's ARNs.
  explicit PolicyAuthorizer(std::string region);

  absl::Status Check(const CallContext& context, absl::string_view operation,
                     absl::string_view resource) const override;

 private:
  const std::string region_;
};

}  // namespace pawl::service
