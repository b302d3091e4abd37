// Whether a principal may do what it asks for.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/auth/actions.h"
#include "engine/auth/principal.h"
#include "engine/aws/arn.h"

namespace pawl::auth {

// What a call concerns, as policies name it.
struct Target {
  std::string arn;      // "*" for calls that concern no resource
  std::string account;  // the namespace that it lies in; "" = the installation with all of them
};

// From the text by which a caller names a resource of that kind: an ARN or a bare name, "" for all.
// `context` says where bare names belong. Parses as the operations do, so that what is authorized is
// what they will find: whatever partition or region an ARN names, the target has ours. A text that
// they will refuse stands for itself, and only patterns that fit it match.
Target ResolveTarget(ResourceKind kind, const aws::ArnContext& context, absl::string_view resource);

// OK, or PermissionDenied with aws::Error::kAccessDenied and AWS's text: "User: key/ci is not
// authorized to perform: states:StopExecution on resource: arn:...". It is the same whether the
// resource exists or not. A principal of one namespace may do nothing in another one, whatever its
// policies say; operations that are not in the table of actions are denied to everybody.
// `context.account` is the namespace that the call is in.
absl::Status CheckAccess(const Principal& principal, const aws::ArnContext& context,
                         absl::string_view operation, absl::string_view resource);

}  // namespace pawl::auth
