#include "engine/service/policy_authorizer.h"

#include <utility>

#include "engine/auth/access.h"
#include "engine/auth/principal.h"

namespace pawl::service {

PolicyAuthorizer::PolicyAuthorizer(std::string region) : region_(std::move(region)) {}

absl::Status PolicyAuthorizer::Check(const CallContext& context, absl::string_view operation,
                                     absl::string_view resource) const {
  // An anonymous one without policies.
  static const auto* const kNobody = new auth::Principal();
  const auth::Principal& caller = context.caller == nullptr ? *kNobody : *context.caller;
  return auth::CheckAccess(caller, {region_, context.ns}, operation, resource);
}

}  // namespace pawl::service
