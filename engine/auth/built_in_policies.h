// Policies that every installation has, and how access keys and rules name policies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/auth/policy.h"

namespace pawl::auth {

// How many policies a key, a rule or a certificate may have.
inline constexpr size_t kMaxPolicies = 10;

// `text` is a policy document (it begins with '{') or the name of a built-in policy:
//
//   admin             everything
//   operator          runs the installation: sees all, stops and redrives executions, quarantine,
//                     metrics. Deploys nothing, has no keys
//   developer         state machines, activities, executions and their tasks
//   worker:QUEUE,...  works on these queues, whose names may hold wildcards, and on no other
//   reader            sees all and changes nothing
//   metrics           GET /metrics
//
// InvalidArgument for another text.
absl::StatusOr<std::shared_ptr<const Policy>> CompilePolicy(absl::string_view text);

// Each of them. InvalidArgument also for more than kMaxPolicies.
absl::StatusOr<Policies> CompilePolicies(const std::vector<std::string>& texts);

}  // namespace pawl::auth
