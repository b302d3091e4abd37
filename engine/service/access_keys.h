// Making, listing and revoking access keys.
#pragma once

#include <string>
#include <vector>

#include "engine/auth/access_keys.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

// Thread-safe. FailedPrecondition where the engine has no access keys.
class AccessKeyAdmin {
 public:
  // `keys` may be null, and outlives it.
  AccessKeyAdmin(Deps deps, auth::AccessKeys* keys) : deps_(deps), keys_(keys) {}

  struct Created {
    auth::CreatedAccessKey key;
    std::vector<std::string> warnings;  // patterns of its policies that match no action there is
  };
  // A caller of one namespace makes keys of that one; where `wanted.ns` is "", it is the caller's own.
  // In it the key may be given any policy. Errors as AccessKeyStore::Create.
  void Create(const CallContext& context, auth::NewAccessKey wanted, Done<Created> done);
  // Those of the caller's namespace, or all of them for callers of all.
  void List(const CallContext& context, Done<std::vector<auth::AccessKeyInfo>> done);
  void Revoke(const CallContext& context, const std::string& id, Done<Empty> done);
  void Delete(const CallContext& context, const std::string& id, Done<Empty> done);

 private:
  // OK for the id of a key that the caller may `operation`. Keys of another namespace are not there.
  absl::Status CheckFor(const CallContext& context, absl::string_view operation,
                        const std::string& id) const;
  absl::Status CheckIsOn() const;

  const Deps deps_;
  auth::AccessKeys* const keys_;
};

}  // namespace pawl::service
