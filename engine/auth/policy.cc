#include "engine/auth/policy.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace pawl::auth {
namespace {

constexpr size_t kArnParts = 6;

}  // namespace

ResourcePattern::ResourcePattern(absl::string_view pattern) {
  if (pattern == "*") return;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(pattern, absl::MaxSplits(':', kArnParts - 1));
  for (size_t i = 0; i < kArnParts; ++i) parts_.emplace_back(i < parts.size() ? parts[i] : "*");
}

bool ResourcePattern::Matches(absl::string_view resource) const {
  if (parts_.empty()) return true;
  const std::vector<absl::string_view> parts =
      absl::StrSplit(resource, absl::MaxSplits(':', kArnParts - 1));
  if (parts.size() != kArnParts) return false;
  for (size_t i = 0; i < kArnParts; ++i) {
    if (!parts_[i].Matches(parts[i])) return false;
  }
  return true;
}

bool Policy::Statement::Matches(const AccessRequest& request) const {
  const bool names_action =
      std::any_of(request.actions.begin(), request.actions.end(), [this](absl::string_view action) {
        return std::any_of(actions.begin(), actions.end(),
                           [action](const Glob& glob) { return glob.Matches(action); });
      });
  if (names_action == negates_actions) return false;
  const bool names_resource = std::any_of(
      resources.begin(), resources.end(),
      [&request](const ResourcePattern& pattern) { return pattern.Matches(request.resource); });
  return names_resource != negates_resources;
}

Verdict Policy::Decide(const AccessRequest& request) const {
  Verdict verdict = Verdict::kNone;
  for (const Statement& statement : statements_) {
    if (statement.allows && verdict == Verdict::kAllowed) continue;
    if (!statement.Matches(request)) continue;
    if (!statement.allows) return Verdict::kDenied;
    verdict = Verdict::kAllowed;
  }
  return verdict;
}

Verdict Decide(const Policies& policies, const AccessRequest& request) {
  Verdict verdict = Verdict::kNone;
  for (const auto& policy : policies) {
    const Verdict one = policy->Decide(request);
    if (one == Verdict::kDenied) return one;
    if (one == Verdict::kAllowed) verdict = one;
  }
  return verdict;
}

}  // namespace pawl::auth
