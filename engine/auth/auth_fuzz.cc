// A fuzz target: any text as whatever strangers send or administrators write. The first byte chooses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "engine/auth/access.h"
#include "engine/auth/authenticator.h"
#include "engine/auth/built_in_policies.h"
#include "engine/auth/glob.h"
#include "engine/auth/jwk_set.h"
#include "engine/auth/token_provider.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"

namespace {

using namespace pawl::auth;  // NOLINT(google-build-using-namespace): nothing else is here

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// The published key of RFC 7515, appendix A.3.
constexpr char kKeys[] =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"e","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

class FixedKeys final : public JwksSource {
 public:
  absl::StatusOr<std::string> Read() override { return std::string(kKeys); }
  absl::Duration interval() const override { return absl::Hours(1); }
};

// Nobody is known, so nobody may come in.
void Request(absl::string_view text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.size() < 2) lines.resize(2);
  std::vector<std::pair<std::string, std::string>> headers;
  for (size_t i = 2; i < lines.size(); ++i) {
    headers.push_back(absl::StrSplit(lines[i], absl::MaxSplits(':', 1)));
  }
  const SignedRequest request{"POST", lines[0], lines[1], headers, "{}"};
  const SignatureV4 signatures({.region = "us-east-1"});
  const auto key_id = signatures.Verify(
      request, [](absl::string_view) { return std::string("another secret"); },
      absl::FromUnixSeconds(1'440'938'160));
  if (key_id.ok() || !aws::ErrorOf(key_id.status()).has_value()) std::abort();
}

void Token(absl::string_view text) {
  static auto& provider = *new TokenProvider(
      *TokenProviderConfig::Parse(R"({"issuer":"i","audience":"a","keys":"k","namespace":"*",
          "rules":[{"claim":"g","value":"*","policies":["admin"]}]})"),
      std::make_unique<FixedKeys>());
  static const bool is_ready = provider.Refresh(kNow).ok();
  const auto principal = provider.Verify(text, kNow);
  if (!is_ready || principal.ok() || !aws::ErrorOf(principal.status()).has_value()) std::abort();
}

// Patterns against the obvious algorithm, which is slow: short texts only.
bool Matches(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         Matches(pattern.substr(1), text.substr(1));
}

void Pattern(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> both =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  const bool matches = Glob(both.first).Matches(both.second);
  for (const char c : text) {
    if ((c & 0x80) != 0) return;  // characters of several bytes
  }
  if (both.first.size() < 12 && both.second.size() < 12 &&
      matches != Matches(both.first, both.second)) {
    std::abort();
  }
}

// A principal of one namespace never gets a resource of another one.
void Resource(absl::string_view text) {
  static const auto& principal = *[] {
    auto* one = new Principal();
    one->ns = "1";
    one->policies = *CompilePolicies({"admin"});
    return one;
  }();
  for (const Action& action : Actions()) {
    const Target target = ResolveTarget(action.kind, {"r", "1"}, text);
    const bool is_allowed = CheckAccess(principal, {"r", "1"}, action.operation, text).ok();
    if (is_allowed != (target.account == "1")) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      if (const auto policy = CompilePolicy(text); policy.ok()) {
        (*policy)->Decide({{"states:StartExecution"}, text});
      }
      break;
    case 1:
      if (const auto keys = JwkSet::Parse(text); keys.ok()) keys->Find("");
      break;
    case 2:
      Token(text);
      break;
    case 3:
      Request(text);
      break;
    case 4:
      Pattern(text);
      break;
    case 5:
      Resource(text);
      break;
    case 6:
      if (const auto rules = CertificateRules::Parse(text); rules.ok()) {
        const auto principal = rules->Find(text);
        if (principal.ok() && (*principal)->policies.empty()) std::abort();
      }
      break;
    default:
      if (const auto config = TokenProviderConfig::Parse(text); config.ok()) {
        const auto claims = pawl::ParseJson(text);
        for (const ClaimRule& rule : config->rules) rule.IsMetBy(*claims);
      }
  }
  return 0;
}
