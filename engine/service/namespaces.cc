#include "engine/service/namespaces.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/auth/rate_limits.h"
#include "engine/aws/error.h"

namespace pawl::service {
namespace {

absl::Status CheckRates(const std::vector<std::string>& rates) {
  auth::RateLimits::Settings settings;
  for (const std::string& rate : rates) {
    const absl::Status status = auth::RateLimits::Add(rate, &settings);
    if (!status.ok()) {
      return aws::MakeError(aws::Error::kValidation,
                            absl::StrCat("a rate limit must be ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void Namespaces::Create(const CallContext& context, const std::string& account,
                        const runtime::NamespaceSettings& settings, Done<runtime::Namespace> done) {
  absl::Status status = deps_.authorizer->Check(context, "CreateNamespace", "");
  if (status.ok()) status = CheckRates(settings.rate_limits);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<runtime::Namespace>(
      context, runtime::ReadLane::kCall,
      [deps = deps_, account, settings](persistence::Store& store) {
        return deps.node->namespaces().Create(&store, account, settings, deps.Now());
      },
      std::move(done));
}

void Namespaces::Describe(const CallContext& context, std::string account,
                          Done<runtime::Namespace> done) {
  if (account.empty()) account = context.ns;
  absl::Status status = deps_.authorizer->Check(context, "DescribeNamespace", account);
  if (!status.ok()) return done(std::move(status));
  absl::optional<runtime::Namespace> found = deps_.node->namespaces().Find(account);
  if (found.has_value()) return done(*std::move(found));
  done(aws::MakeError(aws::Error::kResourceNotFound, "there is no such namespace"));
}

void Namespaces::List(const CallContext& context, Done<std::vector<runtime::Namespace>> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListNamespaces", "");
  if (!status.ok()) return done(std::move(status));
  done(deps_.node->namespaces().All());
}

void Namespaces::Update(const CallContext& context, const std::string& account,
                        const runtime::NamespaceRegistry::Change& change,
                        Done<runtime::Namespace> done) {
  absl::Status status = deps_.authorizer->Check(context, "UpdateNamespace", "");
  if (status.ok() && change.rate_limits.has_value()) status = CheckRates(*change.rate_limits);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<runtime::Namespace>(
      context, runtime::ReadLane::kCall,
      [deps = deps_, account, change](persistence::Store& store) {
        return deps.node->namespaces().Update(&store, account, change);
      },
      std::move(done));
}

}  // namespace pawl::service
