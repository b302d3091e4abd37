#include "engine/service/gate.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"

namespace pawl::service {
namespace {

// Whoever calls an engine that authenticates nobody.
const auth::Principal& Anyone() {
  static const auto* const kAnyone = new auth::Principal();
  return *kAnyone;
}

}  // namespace

void CallRecord::Note(absl::string_view operation, absl::string_view resource) {
  absl::MutexLock lock(&mutex_);
  entry_.operation = std::string(operation);
  entry_.resource = std::string(resource);
}

void CallRecord::End(const absl::Status& status) const {
  auth::AuditEntry entry;
  {
    absl::MutexLock lock(&mutex_);
    if (!auth::IsAudited(entry_.operation, status)) return;
    entry = entry_;
  }
  entry.time = clock_->Now();
  entry.outcome = auth::AuditOutcome(status);
  log_->Write(entry);
}

void EndCall(const CallContext& context, const absl::Status& status) {
  if (context.record != nullptr) context.record->End(status);
}

// Limits are made anew when the settings have changed.
struct Gate::NamespaceRates {
  struct Entry {
    std::vector<std::string> texts;
    std::shared_ptr<auth::RateLimits> limits;
  };

  std::shared_ptr<auth::RateLimits> Of(const std::string& ns,
                                       const std::vector<std::string>& texts) {
    absl::MutexLock lock(&mutex);
    Entry& entry = entries[ns];
    if (entry.limits == nullptr || entry.texts != texts) {
      auth::RateLimits::Settings settings;
      for (const std::string& text : texts) {
        // They were checked when they were set.
        static_cast<void>(auth::RateLimits::Add(text, &settings));
      }
      entry = {texts, std::make_shared<auth::RateLimits>(std::move(settings))};
    }
    return entry.limits;
  }

  absl::Mutex mutex;
  absl::flat_hash_map<std::string, Entry> entries ABSL_GUARDED_BY(mutex);
};

std::string BoundsOf(const CallContext& context) {
  return context.caller == nullptr ? "" : context.caller->ns;
}

Gate::Gate(GateSettings settings, const runtime::Clock* clock, std::string default_ns)
    : settings_(settings),
      clock_(clock),
      default_ns_(std::move(default_ns)),
      rates_(std::make_unique<NamespaceRates>()) {}

Gate::~Gate() = default;

bool Gate::HasNamespace(absl::string_view account) const {
  return settings_.namespaces == nullptr || settings_.namespaces->Has(account);
}

absl::Status Gate::Identify(const auth::Credentials& credentials, const std::string& wanted_ns,
                            CallContext* context) const {
  context->ns = wanted_ns.empty() ? default_ns_ : wanted_ns;
  const auto check_exists = [&] {
    if (HasNamespace(context->ns)) return absl::OkStatus();
    return aws::MakeError(aws::Error::kAccessDenied,
                          "There is no such namespace: pawl namespace create makes one");
  };
  if (settings_.authenticator == nullptr) return check_exists();
  absl::StatusOr<auth::PrincipalRef> caller =
      settings_.authenticator->Authenticate(credentials, clock_->Now());
  if (!caller.ok()) return caller.status();
  context->caller = *std::move(caller);
  context->principal = context->caller->name;
  if (context->caller->is_of_all_namespaces()) return check_exists();
  context->ns = context->caller->ns;
  if (wanted_ns.empty() || wanted_ns == context->ns) return check_exists();
  return aws::MakeError(aws::Error::kAccessDenied,
                        absl::StrCat("User: ", context->principal, " belongs to the namespace ",
                                     context->ns, " and may not act in another one"));
}

absl::StatusOr<CallContext> Gate::Admit(const auth::Credentials& credentials, Caller caller) const {
  CallContext context;
  context.deadline = caller.deadline;
  absl::Status status = Identify(credentials, caller.ns, &context);
  if (settings_.audit != nullptr) {
    auth::AuditEntry entry;
    entry.principal = context.principal;
    entry.ns = context.ns;
    entry.source = std::move(caller.source);
    entry.operation = std::move(caller.operation);
    entry.request_id = caller.request_id;
    context.record = std::make_shared<CallRecord>(settings_.audit, clock_, std::move(entry));
    if (!status.ok()) context.record->End(status);
  }
  if (!status.ok()) return status;
  context.request_id = std::move(caller.request_id);
  return context;
}

absl::Status Gate::Check(const CallContext& context, absl::string_view operation,
                         absl::string_view resource) const {
  if (context.is_authorized) return absl::OkStatus();
  if (context.record != nullptr) context.record->Note(operation, resource);
  if (settings_.limits != nullptr) {
    const auth::Principal& caller = context.caller == nullptr ? Anyone() : *context.caller;
    absl::Status status = settings_.limits->Take(caller, operation, clock_->Steady());
    if (!status.ok()) return status;
  }
  if (settings_.namespaces != nullptr) {
    const auto ns = settings_.namespaces->Find(context.ns);
    if (ns.has_value() && !ns->settings.rate_limits.empty()) {
      // One bucket for all its callers.
      absl::Status status = rates_->Of(context.ns, ns->settings.rate_limits)
                                ->Take(Anyone(), operation, clock_->Steady());
      if (!status.ok()) return status;
    }
  }
  if (settings_.authorizer == nullptr) return absl::OkStatus();
  return settings_.authorizer->Check(context, operation, resource);
}

}  // namespace pawl::service
