// The way in, for every front: who calls, what it may do, how often, and what is written down of it.
//
//   auto context = gate.Admit(credentials, {"10.0.0.1:41714", "StartExecution"});
//   service.executions.Start(*context, ...);   // asks gate.Check, as every operation does
//   EndCall(*context, status);                 // when the call has ended
//
// An engine without an Authenticator takes everybody for an anonymous caller who may do everything.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/auth/audit_log.h"
#include "engine/auth/authenticator.h"
#include "engine/auth/rate_limits.h"
#include "engine/runtime/machines/namespace_registry.h"
#include "engine/runtime/world/world.h"
#include "engine/service/authorizer.h"

namespace pawl::service {

// All of them may be null, and outlive the gate and the calls that it has admitted.
struct GateSettings {
  const auth::Authenticator* authenticator = nullptr;
  const Authorizer* authorizer = nullptr;  // null: everything is allowed
  auth::RateLimits* limits = nullptr;
  auth::AuditLog* audit = nullptr;
  // The namespaces that there are. Null: any.
  const runtime::NamespaceRegistry* namespaces = nullptr;
};

// What a front knows of a call beside its credentials.
struct Caller {
  std::string source = {};     // the address it comes from
  std::string operation = {};  // as far as it is known; for the audit log
  std::string ns = {};         // the namespace it wants to be in; "": its own, or the default one
  std::string request_id = {};
  absl::Time deadline = absl::InfiniteFuture();
};

// What the audit log will say of a call. Thread-safe.
class CallRecord {
 public:
  // Both outlive it. `entry` has all but the time and the outcome.
  CallRecord(auth::AuditLog* log, const runtime::Clock* clock, auth::AuditEntry entry)
      : log_(log), clock_(clock), entry_(std::move(entry)) {}

  // What the call asks to do.
  void Note(absl::string_view operation, absl::string_view resource);
  // Writes what was noted last, if it belongs into the log.
  void End(const absl::Status& status) const;

 private:
  auth::AuditLog* const log_;
  const runtime::Clock* const clock_;
  mutable absl::Mutex mutex_;
  auth::AuditEntry entry_ ABSL_GUARDED_BY(mutex_);
};

// For fronts: the call has ended. Call it once, except for a stream, which does for each thing that it
// has asked for.
void EndCall(const CallContext& context, const absl::Status& status);

// Thread-safe; never blocks.
class Gate final : public Authorizer {
 public:
  // `clock` outlives it. `default_ns` is the namespace of callers who belong to all of them and name
  // none.
  Gate(GateSettings settings, const runtime::Clock* clock, std::string default_ns);
  ~Gate() override;

  // Unauthenticated for whoever is not known, kAccessDenied for whoever wants to be in a namespace
  // that is not its own, or that does not exist; all of them are in the audit log then.
  absl::StatusOr<CallContext> Admit(const auth::Credentials& credentials, Caller caller) const;

  // Whether callers have to prove who they are.
  bool authenticates() const { return settings_.authenticator != nullptr; }
  bool HasNamespace(absl::string_view account) const;

  // Takes a token of the caller's rate and one of its namespace's, then asks its policies. What a stream does again and again is
  // asked for once (CallContext::is_authorized).
  absl::Status Check(const CallContext& context, absl::string_view operation,
                     absl::string_view resource) const override;

 private:
  absl::Status Identify(const auth::Credentials& credentials, const std::string& wanted_ns,
                        CallContext* context) const;

  const GateSettings settings_;
  const runtime::Clock* const clock_;
  const std::string default_ns_;
  // Of namespaces that have rates.
  struct NamespaceRates;
  const std::unique_ptr<NamespaceRates> rates_;
};

}  // namespace pawl::service
