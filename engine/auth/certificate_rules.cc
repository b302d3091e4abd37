#include "engine/auth/certificate_rules.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/auth/config_json.h"
#include "engine/auth/refusal.h"
#include "engine/aws/error.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

constexpr char kWhat[] = "the rules of client certificates";
constexpr size_t kMaxSubjectBytes = 1024;

}  // namespace

absl::StatusOr<CertificateRules> CertificateRules::Parse(absl::string_view json) {
  const absl::StatusOr<Value> document = ParseConfig(kWhat, json);
  if (!document.ok()) return document.status();
  if (!document->is_array() || document->AsArray().size() > kMaxRules) {
    return WrongConfig(kWhat, "", absl::StrCat("must be an array of at most ", kMaxRules));
  }
  CertificateRules rules;
  for (size_t i = 0; i < document->AsArray().size(); ++i) {
    const auto object = ConfigObject::Read(kWhat, absl::StrCat("/", i), document->AsArray()[i],
                                           {"subject", "namespace", "policies"});
    if (!object.ok()) return object.status();
    auto subject = object->Text("subject");
    if (!subject.ok()) return subject.status();
    auto ns = object->Namespace();
    if (!ns.ok()) return ns.status();
    auto policies = object->ReadPolicies();
    if (!policies.ok()) return policies.status();
    rules.rules_.push_back({Glob(*subject), *std::move(ns), *std::move(policies)});
  }
  return rules;
}

absl::StatusOr<PrincipalRef> CertificateRules::Find(absl::string_view subject) const {
  if (subject.empty() || subject.size() > kMaxSubjectBytes) return RefuseUnknownClient();
  for (const Rule& rule : rules_) {
    if (!rule.subject.Matches(subject)) continue;
    auto principal = std::make_shared<Principal>();
    principal->kind = Principal::Kind::kCertificate;
    // It goes into logs and error texts.
    principal->name = absl::StrCat("certificate/", SafeLines(subject));
    principal->ns = rule.ns;
    principal->policies = rule.policies;
    return principal;
  }
  return RefuseUnknownClient();
}

}  // namespace pawl::auth
