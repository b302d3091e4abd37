#include "engine/auth/authenticator.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"
#include "engine/auth/crypto.h"
#include "engine/auth/jwt_test_util.h"
#include "engine/aws/error.h"
#include "persistence/memory/memory_store.h"

namespace pawl::auth {
namespace {

using ::testing::HasSubstr;

using Headers = std::vector<std::pair<std::string, std::string>>;

class FixedKeys final : public JwksSource {
 public:
  explicit FixedKeys(std::string text) : text_(std::move(text)) {}
  absl::StatusOr<std::string> Read() override { return text_; }
  absl::Duration interval() const override { return absl::Hours(1); }

 private:
  const std::string text_;
};

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    key_ = *keys_.Create({"ci", "000000000000", {"developer"}}, now_);
    EXPECT_TRUE(provider_.Refresh(now_).ok());
  }
  static Authenticator::Settings Settings() {
    Authenticator::Settings settings;
    settings.signatures.region = "us-east-1";
    settings.certificates = *CertificateRules::Parse(
        R"([{"subject": "CN=orders-*", "namespace": "*", "policies": ["worker:orders"]}])");
    return settings;
  }
  // The caller's name, or the refusal's.
  std::string Who(const Credentials& credentials) const {
    return Name(authenticator_.Authenticate(credentials, now_));
  }
  static std::string Name(const absl::StatusOr<PrincipalRef>& caller) {
    if (caller.ok()) return (*caller)->name;
    const auto refusal = aws::ErrorOf(caller.status());
    return refusal.has_value() ? std::string(aws::InfoOf(*refusal).aws_name)
                               : caller.status().ToString();
  }
  std::string Bearer() const { return absl::StrCat(key_.key.id, ".", key_.secret); }
  std::string Token() const {
    return signer_.Token(R"({"iss":"https://idp","aud":"pawl","sub":"ann","exp":1800000600})");
  }
  // Signed by the key.
  Headers SignedHeaders(const std::string& body) const {
    const std::string day = absl::FormatTime("%E4Y%m%d", now_, absl::UTCTimeZone());
    Headers headers = {
        {"Host", "pawl"},
        {"X-Amz-Date", absl::FormatTime("%E4Y%m%dT%H%M%SZ", now_, absl::UTCTimeZone())}};
    const SignedRequest request{"POST", "/", "", headers, body};
    std::string key = "AWS4" + key_.secret;
    for (const std::string& part :
         {day, std::string("us-east-1"), std::string("states"), std::string("aws4_request")}) {
      key = HmacSha256(key, part);
    }
    const std::string scope = absl::StrCat(day, "/us-east-1/states/aws4_request");
    const std::string to_sign = absl::StrCat(
        "AWS4-HMAC-SHA256\n", headers[1].second, "\n", scope, "\n",
        Sha256Hex(CanonicalRequest(request, {"host", "x-amz-date"}, "", Sha256Hex(body))));
    headers.emplace_back("Authorization",
                         absl::StrCat("AWS4-HMAC-SHA256 Credential=", key_.key.id, "/", scope,
                                      ",SignedHeaders=host;x-amz-date,Signature=",
                                      absl::BytesToHexString(HmacSha256(key, to_sign))));
    return headers;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  persistence::MemoryStore store_;
  AccessKeys keys_{&store_, *MasterKeys::Parse(std::string(64, 'a'))};
  const TestSigner signer_ = TestSigner::P256("e1");
  TokenProvider provider_{
      *TokenProviderConfig::Parse(R"({"issuer": "https://idp",
      "audience": "pawl", "keys": "/k", "namespace": "*", "rules": []})"),
      std::make_unique<FixedKeys>(absl::StrCat(R"({"keys":[)", signer_.Jwk(), "]}"))};
  Authenticator authenticator_{Settings(), &keys_, &provider_};
  CreatedAccessKey key_;
};

TEST_F(AuthenticatorTest, EachKindOfCredentialsBecomesAPrincipal) {
  const Headers headers = SignedHeaders("{}");
  EXPECT_EQ(Who(SignedRequest{"POST", "/", "", headers, "{}"}), "key/ci");
  EXPECT_EQ(Who(BearerText{Bearer()}), "key/ci");
  EXPECT_EQ(Who(BearerText{Token()}), "token/ann");
  EXPECT_EQ(Who(ClientCertificate{"CN=orders-7"}), "certificate/CN=orders-7");
}

TEST_F(AuthenticatorTest, UnknownOnesAreRefused) {
  const Headers headers = SignedHeaders("{}");
  EXPECT_EQ(Who(SignedRequest{"POST", "/", "", headers, "{ }"}), "InvalidSignatureException");
  EXPECT_EQ(Who(BearerText{"x"}), "UnrecognizedClientException");
  EXPECT_EQ(Who(BearerText{""}), "UnrecognizedClientException");
  EXPECT_EQ(Who(BearerText{"a.b.c"}), "IncompleteSignatureException");
  EXPECT_EQ(Who(ClientCertificate{"CN=other"}), "UnrecognizedClientException");
  EXPECT_EQ(Who(ClientCertificate{""}), "UnrecognizedClientException");
  EXPECT_EQ(Who(NoCredentials()), "MissingAuthenticationTokenException");
}

TEST_F(AuthenticatorTest, RevokedKeyIsRefusedInEveryForm) {
  const Headers headers = SignedHeaders("{}");
  ASSERT_TRUE(keys_.Revoke(key_.key.id, now_).ok());
  EXPECT_EQ(Who(SignedRequest{"POST", "/", "", headers, "{}"}), "UnrecognizedClientException");
  EXPECT_EQ(Who(BearerText{Bearer()}), "UnrecognizedClientException");
}

TEST_F(AuthenticatorTest, RequestShowsOneKindOfCredentials) {
  const auto who = [this](const Headers& headers, const std::string& query,
                          const std::string& certificate) {
    return Who(OfHttp({"POST", "/", query, headers, "{}"}, certificate));
  };
  const Headers bearer = {{"authorization", "bearer " + Bearer()}};
  EXPECT_EQ(who(bearer, "", ""), "key/ci");
  EXPECT_EQ(who({{"Authorization", "Bearer  " + Token()}}, "", ""), "token/ann");
  EXPECT_EQ(who(SignedHeaders("{}"), "", ""), "key/ci");
  EXPECT_EQ(who({}, "", ""), "MissingAuthenticationTokenException");
  EXPECT_EQ(who({}, "", "CN=orders-7"), "certificate/CN=orders-7");
  // A key that is shown counts, and so does one that is wrong.
  EXPECT_EQ(who(bearer, "", "CN=orders-7"), "key/ci");
  EXPECT_EQ(who({{"Authorization", "Bearer x"}}, "", "CN=orders-7"), "UnrecognizedClientException");
  EXPECT_EQ(who({{"Authorization", "Basic x"}}, "", "CN=orders-7"), "IncompleteSignatureException");
  EXPECT_EQ(who({{"Authorization", ""}}, "", "CN=orders-7"), "IncompleteSignatureException");
  EXPECT_EQ(who({bearer[0], bearer[0]}, "", ""), "IncompleteSignatureException");
  EXPECT_EQ(who({}, "X-Amz-Signature=0", "CN=orders-7"), "IncompleteSignatureException");
  EXPECT_EQ(Who(OfGrpc("Bearer " + Bearer(), "")), "key/ci");
  EXPECT_EQ(Who(OfGrpc("", "CN=orders-7")), "certificate/CN=orders-7");
  EXPECT_EQ(Who(OfGrpc("", "")), "MissingAuthenticationTokenException");
  EXPECT_EQ(Who(OfGrpc("Basic x", "")), "UnrecognizedClientException");
}

TEST_F(AuthenticatorTest, AnonymousCallersHaveThePoliciesTheyAreGiven) {
  Authenticator::Settings settings = Settings();
  settings.anonymous = *CompilePolicies({"metrics"});
  const Authenticator open(std::move(settings), &keys_, nullptr);
  const auto caller = open.Authenticate(NoCredentials(), now_);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ((*caller)->name, "anonymous");
  EXPECT_EQ((*caller)->policies.size(), 1u);
  // Wrong credentials do not make a caller anonymous.
  EXPECT_EQ(Name(open.Authenticate(BearerText{"x"}, now_)), "UnrecognizedClientException");
}

TEST_F(AuthenticatorTest, WithoutKeysOrProviderNobodyIsKnown) {
  const Authenticator bare(Settings(), nullptr, nullptr);
  const Headers headers = SignedHeaders("{}");
  EXPECT_EQ(Name(bare.Authenticate(SignedRequest{"POST", "/", "", headers, "{}"}, now_)),
            "UnrecognizedClientException");
  EXPECT_EQ(Name(bare.Authenticate(BearerText{Bearer()}, now_)), "UnrecognizedClientException");
  EXPECT_EQ(Name(bare.Authenticate(BearerText{Token()}, now_)), "UnrecognizedClientException");
}

TEST(CertificateRules, FirstRuleThatMatchesCounts) {
  const auto rules = CertificateRules::Parse(R"([
      {"subject": "CN=a", "namespace": "1", "policies": ["reader"]},
      {"subject": "CN=*", "namespace": "*", "policies": ["reader", "metrics"]}])");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ((*rules->Find("CN=a"))->ns, "1");
  EXPECT_EQ((*rules->Find("CN=b"))->ns, "");
  EXPECT_EQ((*rules->Find("CN=b"))->policies.size(), 2u);
  EXPECT_EQ((*rules->Find("CN=b"))->kind, Principal::Kind::kCertificate);
  EXPECT_FALSE(rules->Find("cn=a").ok());
  EXPECT_FALSE(rules->Find("CN=" + std::string(2000, 'a')).ok());
  EXPECT_FALSE(CertificateRules().Find("CN=a").ok());
}

TEST(CertificateRules, WhatIsWrongIsSaid) {
  for (const auto& [json, message] : std::vector<std::pair<const char*, const char*>>{
           {"{", "is not JSON"},
           {"{}", "must be an array"},
           {"[7]", "/0 must be an object"},
           {R"([{"subject": "a", "policies": ["reader"]}])", "/0/namespace must be a text"},
           {R"([{"subject": "a", "namespace": "*"}])", "/0/policies must be an array"},
           {R"([{"subject": "a", "namespace": "*", "policies": ["x"]}])", "/0/policies a policy"},
           {R"([{"subjects": "a"}])", "/0/subjects is not a setting"}}) {
    EXPECT_THAT(std::string(CertificateRules::Parse(json).status().message()), HasSubstr(message))
        << json;
  }
}

}  // namespace
}  // namespace pawl::auth
