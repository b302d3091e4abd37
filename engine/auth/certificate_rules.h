// What holders of client certificates may do.
//
//   [{"subject": "CN=orders-*", "namespace": "000000000000", "policies": ["worker:orders"]}]
//
// TLS has verified the certificate; its subject decides. The first rule that matches counts. '*' in a
// subject is any text, '?' one character.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/auth/glob.h"
#include "engine/auth/principal.h"

namespace pawl::auth {

// Immutable, thread-safe.
class CertificateRules {
 public:
  static constexpr size_t kMaxRules = 1000;

  // Without a rule: no certificate is known.
  CertificateRules() = default;
  // InvalidArgument says where (a JSON pointer) which rule is broken.
  static absl::StatusOr<CertificateRules> Parse(absl::string_view json);

  // The principal "certificate/SUBJECT". aws::Error::kUnrecognizedClient where no rule matches.
  absl::StatusOr<PrincipalRef> Find(absl::string_view subject) const;

 private:
  struct Rule {
    Glob subject;
    std::string ns;
    Policies policies;
  };

  std::vector<Rule> rules_;
};

}  // namespace pawl::auth
