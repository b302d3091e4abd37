// Who is let in, as the flags say: access keys, tokens, certificates, policies, rates, the audit log.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "engine/admission_flags.h"
#include "engine/service/gate.h"
#include "engine/service/policy_authorizer.h"
#include "persistence/store.h"

namespace pawl {

// Files and keys are read again in the background, every few seconds. The store and the clock
// outlive it; calls that were admitted must have ended before it goes.
class Admission {
 public:
  // Reads all files, and the store's access keys; makes the first key where --admin-key asks for it.
  // Errors name the flag, what is wrong and the remedy. Blocks.
  static absl::StatusOr<std::unique_ptr<Admission>> Open(const AdmissionFlags& flags,
                                                         const std::string& region,
                                                         persistence::Store* store,
                                                         const runtime::Clock* clock);
  ~Admission();

  service::GateSettings gate() const;
  // Null where there is no master key.
  auth::AccessKeys* access_keys() const { return keys_.get(); }

 private:
  explicit Admission(const runtime::Clock* clock) : clock_(clock) {}

  absl::Status OpenKeys(const AdmissionFlags& flags, persistence::Store* store);
  absl::Status MakeAdminKey(const std::string& path);
  absl::Status OpenProvider(const std::string& path);
  absl::Status OpenAudit(const std::string& path);
  void RefreshForEver();

  const runtime::Clock* const clock_;
  std::unique_ptr<auth::AccessKeys> keys_;
  std::unique_ptr<auth::TokenProvider> provider_;
  std::unique_ptr<auth::Authenticator> authenticator_;  // null: everybody may do everything
  std::unique_ptr<service::PolicyAuthorizer> policies_;
  std::unique_ptr<auth::RateLimits> limits_;  // null: none
  std::unique_ptr<auth::AuditLog> audit_;     // null: none
  absl::Notification is_stopping_;
  std::thread refresher_;  // the last: it uses the others
};

// InvalidArgument for flags that contradict each other, or that would let anybody in from other
// machines.
absl::Status CheckAdmission(const AdmissionFlags& flags, const std::string& listen,
                            const std::string& http_listen);

}  // namespace pawl
