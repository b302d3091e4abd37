// Who calls.
#pragma once

#include <memory>
#include <string>

#include "engine/auth/policy.h"

namespace pawl::auth {

struct Principal {
  enum class Kind { kAnonymous, kKey, kToken, kCertificate };
  Kind kind = Kind::kAnonymous;
  // For error texts, limits and the audit log: "key/ci", "token/SUBJECT", "certificate/SUBJECT",
  // "anonymous". What stands before the slash keeps callers of one kind from passing for another.
  std::string name = "anonymous";
  std::string ns;  // the namespace that it acts in; "" = all of them
  Policies policies;

  bool is_of_all_namespaces() const { return ns.empty(); }
};

using PrincipalRef = std::shared_ptr<const Principal>;

}  // namespace pawl::auth
