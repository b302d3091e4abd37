// The flags that say who is let in.
#pragma once

#include <string>
#include <vector>

#include "engine/auth/rate_limits.h"

namespace pawl {

struct AdmissionFlags {
  std::string master_key_file;
  std::string master_key;  // the keys themselves
  std::string admin_key_file;
  std::string token_provider_file;
  std::string certificate_rules_file;
  std::vector<std::string> anonymous;  // policies
  bool trusts_forwarded_host = false;
  bool accepts_unsigned_payload = false;
  bool is_insecure = false;
  auth::RateLimits::Settings rates;
  std::string audit_log;  // a path, or "stdout"; "": none
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string tls_client_ca_file;

  bool has_master_key() const { return !master_key_file.empty() || !master_key.empty(); }
  // Whether callers have to prove who they are.
  bool authenticates() const {
    return has_master_key() || !token_provider_file.empty() || !certificate_rules_file.empty();
  }
  bool has_tls() const { return !tls_certificate_file.empty(); }
};

}  // namespace pawl
