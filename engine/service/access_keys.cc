#include "engine/service/access_keys.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"
#include "engine/auth/principal.h"
#include "engine/aws/error.h"

namespace pawl::service {
namespace {

constexpr char kNoKeys[] =
    "this engine has no access keys: start it with --master-key-file (docs/security.md)";

absl::Status NoKey() {
  return aws::MakeError(aws::Error::kResourceNotFound, "there is no such access key");
}

std::vector<std::string> WarningsOf(const std::vector<std::string>& policies) {
  std::vector<std::string> all;
  const auto compiled = auth::CompilePolicies(policies);
  if (!compiled.ok()) return all;
  for (const auto& policy : *compiled) {
    all.insert(all.end(), policy->warnings().begin(), policy->warnings().end());
  }
  return all;
}

}  // namespace

absl::Status AccessKeyAdmin::CheckIsOn() const {
  return keys_ == nullptr ? aws::MakeError(aws::Error::kUnsupported, kNoKeys) : absl::OkStatus();
}

void AccessKeyAdmin::Create(const CallContext& context, auth::NewAccessKey wanted,
                            Done<Created> done) {
  if (wanted.ns.empty()) wanted.ns = BoundsOf(context);
  CallContext within = context;
  if (!wanted.ns.empty()) within.ns = wanted.ns;
  absl::Status status = deps_.authorizer->Check(within, "CreateKey", wanted.name);
  if (status.ok()) status = CheckIsOn();
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<Created>(
      context, runtime::ReadLane::kCall,
      [keys = keys_, deps = deps_,
       wanted = std::move(wanted)](persistence::Store&) -> absl::StatusOr<Created> {
        auto created = keys->Create(wanted, deps.Now());
        if (!created.ok()) return created.status();
        return Created{*std::move(created), WarningsOf(wanted.policies)};
      },
      std::move(done));
}

void AccessKeyAdmin::List(const CallContext& context, Done<std::vector<auth::AccessKeyInfo>> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListKeys", "");
  if (status.ok()) status = CheckIsOn();
  if (!status.ok()) return done(std::move(status));
  const std::string bounds = BoundsOf(context);
  std::vector<auth::AccessKeyInfo> all = keys_->List();
  std::vector<auth::AccessKeyInfo> own;
  for (auth::AccessKeyInfo& info : all) {
    if (bounds.empty() || info.key.ns == bounds) own.push_back(std::move(info));
  }
  done(std::move(own));
}

absl::Status AccessKeyAdmin::CheckFor(const CallContext& context, absl::string_view operation,
                                      const std::string& id) const {
  if (keys_ == nullptr) {
    absl::Status status = deps_.authorizer->Check(context, operation, "");
    return status.ok() ? CheckIsOn() : status;
  }
  const std::string bounds = BoundsOf(context);
  const auth::AccessKey* found = nullptr;
  const std::vector<auth::AccessKeyInfo> all = keys_->List();
  for (const auth::AccessKeyInfo& info : all) {
    if (info.key.id == id && (bounds.empty() || info.key.ns == bounds)) found = &info.key;
  }
  absl::Status status =
      deps_.authorizer->Check(context, operation, found == nullptr ? "" : found->name);
  if (!status.ok()) return status;
  return found == nullptr ? NoKey() : absl::OkStatus();
}

void AccessKeyAdmin::Revoke(const CallContext& context, const std::string& id, Done<Empty> done) {
  absl::Status status = CheckFor(context, "RevokeKey", id);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [keys = keys_, deps = deps_, id](persistence::Store&) -> absl::StatusOr<Empty> {
        absl::Status revoked = keys->Revoke(id, deps.Now());
        if (!revoked.ok()) return revoked;
        return Empty();
      },
      std::move(done));
}

void AccessKeyAdmin::Delete(const CallContext& context, const std::string& id, Done<Empty> done) {
  absl::Status status = CheckFor(context, "DeleteKey", id);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [keys = keys_, deps = deps_, id](persistence::Store&) -> absl::StatusOr<Empty> {
        absl::Status deleted = keys->Delete(id, deps.Now());
        if (!deleted.ok()) return deleted;
        return Empty();
      },
      std::move(done));
}

}  // namespace pawl::service
