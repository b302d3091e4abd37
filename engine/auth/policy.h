// Policies in IAM's form: who may call which action on which resource.
//
//   auto policy = Policy::Parse(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
//       "Action": ["states:StartExecution"], "Resource": "arn:aws:states:*:*:stateMachine:order"}})");
//   policy->Decide({{"states:StartExecution"}, arn}) == Verdict::kAllowed
//
// A Deny that matches wins over every Allow, and what nothing allows is denied. Actions are compared
// without regard to case, resources with. In both, '*' is any text and '?' one character; in a
// resource they do not reach beyond one of an ARN's six parts, as in IAM. Not supported, and refused:
// Condition, Principal, and policy variables ("${aws:username}").
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/auth/glob.h"
#include "engine/value/value.h"

namespace pawl::auth {

enum class Verdict { kNone, kAllowed, kDenied };

// One call. `actions` are the names that it goes by: most have one, some of Pawl's do what an action
// of AWS does and are matched under either name.
struct AccessRequest {
  std::vector<absl::string_view> actions;
  absl::string_view resource;  // an ARN, or "*" for calls that concern no resource
};

// A resource of a statement: "*" or an ARN, whose parts may hold wildcards. An ARN with fewer than six
// parts goes on with "*", as in IAM. Immutable.
class ResourcePattern {
 public:
  explicit ResourcePattern(absl::string_view pattern);
  bool Matches(absl::string_view resource) const;

 private:
  std::vector<Glob> parts_;  // six; none: any resource
};

// Immutable, thread-safe.
class Policy {
 public:
  static constexpr size_t kMaxBytes = 20 * 1024;  // of text
  static constexpr size_t kMaxStatements = 100;
  static constexpr size_t kMaxPatterns = 500;  // of all statements together
  static constexpr size_t kMaxPatternBytes = 512;

  // InvalidArgument says where in the document (a JSON pointer) which rule is broken.
  static absl::StatusOr<Policy> Parse(absl::string_view json);

  Verdict Decide(const AccessRequest& request) const;

  // For whoever writes the policy: patterns of states: and pawl: that match no action there is, each
  // with its place in the document.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class PolicyReader;

  struct Statement {
    bool allows = false;
    bool negates_actions = false;    // NotAction
    bool negates_resources = false;  // NotResource
    std::vector<Glob> actions;
    std::vector<ResourcePattern> resources;

    bool Matches(const AccessRequest& request) const;
  };

  std::vector<Statement> statements_;
  std::vector<std::string> warnings_;
};

using Policies = std::vector<std::shared_ptr<const Policy>>;

// What all of them say together.
Verdict Decide(const Policies& policies, const AccessRequest& request);

}  // namespace pawl::auth
