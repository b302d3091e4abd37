#include "engine/auth/token_provider.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "engine/auth/built_in_policies.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxConfigBytes = 256 * 1024;
constexpr uint32_t kMaxDepth = 16;
constexpr size_t kMaxTextBytes = 2048;

absl::Status Wrong(absl::string_view pointer, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the token provider's configuration: ", pointer.empty() ? "it" : pointer, " ", rule));
}

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

// A member that has to be a text of some length.
absl::StatusOr<std::string> ReadText(const Value& object, absl::string_view at,
                                     absl::string_view member) {
  const Value* value = object.Find(member);
  if (value == nullptr || !value->is_string() || value->AsString().empty() ||
      value->AsString().size() > kMaxTextBytes) {
    return Wrong(absl::StrCat(at, "/", member),
                 absl::StrCat("must be a text of 1 to ", kMaxTextBytes, " bytes"));
  }
  return value->AsString();
}

// Misspelled members would be left out in silence otherwise.
absl::Status CheckMembers(const Value& object, absl::string_view at,
                          const std::vector<absl::string_view>& known) {
  for (const auto& [key, value] : object.AsObject()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Wrong(absl::StrCat(at, "/", SafeLines(key)), "is not a setting");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ClaimRule> ReadRule(const Value& json, const std::string& at) {
  if (!json.is_object()) return Wrong(at, "must be an object");
  absl::Status status = CheckMembers(json, at, {"claim", "value", "policies"});
  if (!status.ok()) return status;
  auto claim = ReadText(json, at, "claim");
  if (!claim.ok()) return claim.status();
  auto value = ReadText(json, at, "value");
  if (!value.ok()) return value.status();
  const Value* policies = json.Find("policies");
  if (policies == nullptr || !policies->is_array() || policies->AsArray().empty()) {
    return Wrong(at + "/policies", "must be an array of at least one");
  }
  std::vector<std::string> texts;
  for (const Value& policy : policies->AsArray()) {
    // A document may stand here as it is.
    texts.push_back(policy.is_string() ? policy.AsString() : ToJson(policy));
  }
  auto compiled = CompilePolicies(texts);
  if (!compiled.ok()) return Wrong(at + "/policies", compiled.status().message());
  return ClaimRule{*std::move(claim), Glob(*value), *std::move(compiled)};
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
  const absl::StatusOr<Value> document =
      ParseJson(json, {.max_depth = kMaxDepth, .max_bytes = kMaxConfigBytes});
  if (!document.ok()) return Wrong("", absl::StrCat("is not JSON: ", document.status().message()));
  if (!document->is_object()) return Wrong("", "must be an object");
  absl::Status status =
      CheckMembers(*document, "", {"issuer", "audience", "keys", "namespace", "rules"});
  if (!status.ok()) return status;
  TokenProviderConfig config;
  for (const auto& [member, place] :
       {std::pair("issuer", &config.jwt.issuer), std::pair("audience", &config.jwt.audience),
        std::pair("keys", &config.keys), std::pair("namespace", &config.ns)}) {
    auto text = ReadText(*document, "", member);
    if (!text.ok()) return text.status();
    *place = *std::move(text);
  }
  if (config.ns == "*") config.ns.clear();
  const Value* rules = document->Find("rules");
  if (rules == nullptr || !rules->is_array() || rules->AsArray().size() > kMaxRules) {
    return Wrong("/rules", absl::StrCat("must be an array of at most ", kMaxRules));
  }
  for (size_t i = 0; i < rules->AsArray().size(); ++i) {
    auto rule = ReadRule(rules->AsArray()[i], absl::StrCat("/rules/", i));
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
