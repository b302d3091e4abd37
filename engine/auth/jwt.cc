#include "engine/auth/jwt.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "engine/auth/base64url.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

constexpr uint32_t kMaxDepth = 32;
constexpr size_t kMaxSubjectBytes = 255;
constexpr double kMaxSeconds = 253'402'300'799;  // the end of the year 9999

absl::Status Garbled(absl::string_view message) {
  return aws::MakeError(aws::Error::kIncompleteSignature, message);
}

absl::Status Refused(absl::string_view message) {
  return aws::MakeError(aws::Error::kUnrecognizedClient, message);
}

// One of the two JSON parts; nullopt for anything but an object.
absl::optional<Value> ReadPart(absl::string_view text) {
  const absl::optional<std::string> json = DecodeBase64Url(text);
  if (!json.has_value()) return absl::nullopt;
  absl::StatusOr<Value> value = ParseJson(*json, {.max_depth = kMaxDepth});
  if (!value.ok() || !value->is_object()) return absl::nullopt;
  return *std::move(value);
}

// The string, "" for anything else.
std::string Text(const Value& object, absl::string_view member) {
  const Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

// Nullopt for what is no number of seconds.
absl::optional<absl::Time> TimeOf(const Value& value) {
  if (!value.is_number()) return absl::nullopt;
  return absl::UnixEpoch() + absl::Seconds(std::clamp(value.AsDouble(), 0.0, kMaxSeconds));
}

bool IsFor(const Value* audience, const std::string& wanted) {
  if (audience == nullptr) return false;
  if (audience->is_string()) return audience->AsString() == wanted;
  if (!audience->is_array()) return false;
  return std::any_of(audience->AsArray().begin(), audience->AsArray().end(),
                     [&](const Value& one) { return one.is_string() && one.AsString() == wanted; });
}

absl::Status CheckClaims(const Value& claims, const JwtRules& rules, absl::Time now) {
  if (Text(claims, "iss") != rules.issuer) return Refused("The token is another issuer's.");
  if (!IsFor(claims.Find("aud"), rules.audience)) {
    return Refused("The token is for another audience.");
  }
  const Value* expires = claims.Find("exp");
  const absl::optional<absl::Time> end = expires == nullptr ? absl::nullopt : TimeOf(*expires);
  if (!end.has_value()) return Refused("The token has no time of expiry (exp).");
  if (now >= *end + rules.leeway) return Refused("The token has expired.");
  if (const Value* begins = claims.Find("nbf"); begins != nullptr) {
    const absl::optional<absl::Time> begin = TimeOf(*begins);
    if (!begin.has_value() || now < *begin - rules.leeway) {
      return Refused("The token is not valid yet.");
    }
  }
  // It goes into logs and error texts.
  const std::string subject = Text(claims, "sub");
  if (subject.empty() || subject.size() > kMaxSubjectBytes || SafeLines(subject) != subject ||
      subject.find_first_of("\n\t") != std::string::npos) {
    return Refused("The token's subject (sub) must be 1 to 255 bytes of printable text.");
  }
  return absl::OkStatus();
}

// That the key of the header has signed the first two parts.
absl::Status CheckSignature(const Value& header, absl::string_view signed_text,
                            absl::string_view signature, Jwks* keys, absl::Time now) {
  const Value* type = header.Find("typ");
  if (type != nullptr &&
      !(type->is_string() && (absl::EqualsIgnoreCase(type->AsString(), "JWT") ||
                              absl::EqualsIgnoreCase(type->AsString(), "at+jwt")))) {
    return Refused("The token is not of type JWT.");
  }
  // An extension that must be understood.
  if (header.Find("crit") != nullptr) return Refused("The token has critical extensions.");
  const std::shared_ptr<const JwkSet> set = keys->Current(now);
  if (set == nullptr) {
    return Refused("The keys of the token provider are not known; the engine's log says why.");
  }
  const JwkSet::Key* key = set->Find(Text(header, "kid"));
  if (key == nullptr) {
    keys->NoteUnknownKey();
    return Refused(
        "The token's key (kid) is none of the provider's. A new one is known within a minute.");
  }
  if (Text(header, "alg") != key->algorithm()) {
    return Refused(absl::StrCat("The token must be signed by ", key->algorithm(),
                                ", the algorithm of its key."));
  }
  const absl::optional<std::string> bytes = DecodeBase64Url(signature);
  if (!bytes.has_value() || !key->Verify(signed_text, *bytes)) {
    return Refused("The token's signature does not fit.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifiedToken> VerifyJwt(absl::string_view token, const JwtRules& rules, Jwks* keys,
                                        absl::Time now) {
  if (token.size() > kMaxJwtBytes) {
    return Garbled(absl::StrCat("The token has more than ", kMaxJwtBytes, " bytes."));
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  const absl::optional<Value> header = parts.size() == 3 ? ReadPart(parts[0]) : absl::nullopt;
  if (!header.has_value()) return Garbled("The token is not a JWT.");
  const absl::string_view signed_text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  absl::Status status = CheckSignature(*header, signed_text, parts[2], keys, now);
  if (!status.ok()) return status;
  absl::optional<Value> claims = ReadPart(parts[1]);
  if (!claims.has_value()) return Garbled("The token's claims are not a JSON object.");
  status = CheckClaims(*claims, rules, now);
  if (!status.ok()) return status;
  std::string subject = Text(*claims, "sub");
  return VerifiedToken{std::move(subject), *std::move(claims)};
}

}  // namespace pawl::auth
