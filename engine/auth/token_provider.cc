#include "engine/auth/token_provider.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/auth/config_json.h"

namespace pawl::auth {
namespace {

constexpr char kWhat[] = "the configuration of the token provider";

// The value that a claim's name leads to; null where there is none.
const Value* FindClaim(const Value& claims, absl::string_view claim) {
  if (!absl::StartsWith(claim, "/")) return claims.is_object() ? claims.Find(claim) : nullptr;
  const Value* value = &claims;
  for (const absl::string_view step : absl::StrSplit(claim.substr(1), '/')) {
    if (!value->is_object()) return nullptr;
    value = value->Find(absl::StrReplaceAll(step, {{"~1", "/"}, {"~0", "~"}}));
    if (value == nullptr) return nullptr;
  }
  return value;
}

absl::StatusOr<ClaimRule> ReadRule(const Value& json, const std::string& at) {
  const auto object = ConfigObject::Read(kWhat, at, json, {"claim", "value", "policies"});
  if (!object.ok()) return object.status();
  auto claim = object->Text("claim");
  if (!claim.ok()) return claim.status();
  auto value = object->Text("value");
  if (!value.ok()) return value.status();
  auto policies = object->ReadPolicies();
  if (!policies.ok()) return policies.status();
  return ClaimRule{*std::move(claim), Glob(*value), *std::move(policies)};
}

}  // namespace

bool ClaimRule::IsMetBy(const Value& claims) const {
  const Value* found = FindClaim(claims, claim);
  if (found == nullptr) return false;
  const auto matches = [this](const Value& one) {
    if (!one.is_string()) return false;
    if (claim != "scope" && claim != "scp") return value.Matches(one.AsString());
    const std::vector<absl::string_view> words = absl::StrSplit(one.AsString(), ' ');
    return std::any_of(words.begin(), words.end(),
                       [this](absl::string_view word) { return value.Matches(word); });
  };
  if (!found->is_array()) return matches(*found);
  return std::any_of(found->AsArray().begin(), found->AsArray().end(), matches);
}

bool TokenProviderConfig::has_key_url() const {
  return absl::StartsWith(keys, "https://") || absl::StartsWith(keys, "http://");
}

absl::StatusOr<TokenProviderConfig> TokenProviderConfig::Parse(absl::string_view json) {
  const absl::StatusOr<Value> document = ParseConfig(kWhat, json);
  if (!document.ok()) return document.status();
  const auto object = ConfigObject::Read(kWhat, "", *document,
                                         {"issuer", "audience", "keys", "namespace", "rules"});
  if (!object.ok()) return object.status();
  TokenProviderConfig config;
  for (const auto& [member, place] :
       {std::pair("issuer", &config.jwt.issuer), std::pair("audience", &config.jwt.audience),
        std::pair("keys", &config.keys)}) {
    auto text = object->Text(member);
    if (!text.ok()) return text.status();
    *place = *std::move(text);
  }
  auto ns = object->Namespace();
  if (!ns.ok()) return ns.status();
  config.ns = *std::move(ns);
  const auto rules = object->Array("rules", kMaxRules);
  if (!rules.ok()) return rules.status();
  for (size_t i = 0; i < (*rules)->size(); ++i) {
    auto rule = ReadRule((**rules)[i], absl::StrCat("/rules/", i));
    if (!rule.ok()) return rule.status();
    config.rules.push_back(*std::move(rule));
  }
  return config;
}

TokenProvider::TokenProvider(TokenProviderConfig config, std::unique_ptr<JwksSource> keys)
    : config_(std::move(config)), keys_(std::move(keys)) {}

absl::StatusOr<PrincipalRef> TokenProvider::Verify(absl::string_view token, absl::Time now) {
  const auto verified = VerifyJwt(token, config_.jwt, &keys_, now);
  if (!verified.ok()) return verified.status();
  auto principal = std::make_shared<Principal>();
  principal->kind = Principal::Kind::kToken;
  principal->name = absl::StrCat("token/", verified->subject);
  principal->ns = config_.ns;
  for (const ClaimRule& rule : config_.rules) {
    if (!rule.IsMetBy(verified->claims)) continue;
    principal->policies.insert(principal->policies.end(), rule.policies.begin(),
                               rule.policies.end());
  }
  return principal;
}

}  // namespace pawl::auth
