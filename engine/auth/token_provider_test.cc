// Tokens of a provider: keys that change, claims, and the policies that they lead to.
#include "engine/auth/token_provider.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/jwt_test_util.h"
#include "engine/aws/error.h"
#include "engine/lines/test_files.h"

namespace pawl::auth {
namespace {

using ::testing::HasSubstr;

// Keys that a test changes, and how often they were read.
class Source final : public JwksSource {
 public:
  explicit Source(absl::StatusOr<std::string>* text, int* reads) : text_(text), reads_(reads) {}
  absl::StatusOr<std::string> Read() override {
    ++*reads_;
    return *text_;
  }
  absl::Duration interval() const override { return absl::Minutes(5); }

 private:
  absl::StatusOr<std::string>* const text_;
  int* const reads_;
};

constexpr char kConfig[] = R"({"issuer": "https://idp", "audience": "pawl", "keys": "/keys",
    "namespace": "000000000000", "rules": [
      {"claim": "groups", "value": "admins", "policies": ["admin"]},
      {"claim": "/realm/roles", "value": "team-?", "policies": ["developer", "reader"]},
      {"claim": "https://example.com/role", "value": "op*", "policies": ["operator"]},
      {"claim": "scope", "value": "pawl.read", "policies": [{"Statement":
          {"Effect": "Allow", "Action": "states:List*", "Resource": "*"}}]}]})";

std::string SetOf(const std::vector<TestSigner>& signers) {
  std::string keys;
  for (const TestSigner& signer : signers) {
    absl::StrAppend(&keys, keys.empty() ? "" : ",", signer.Jwk());
  }
  return absl::StrCat(R"({"keys":[)", keys, "]}");
}

// Made once, for it takes long.
const TestSigner& RsaSigner() {
  static const auto* const kSigner = new TestSigner(TestSigner::Rsa("r1"));
  return *kSigner;
}

class TokenProviderTest : public ::testing::Test {
 protected:
  TokenProviderTest() { EXPECT_TRUE(provider_.Refresh(now_).ok()); }

  // The usual claims; what stands in `more` comes behind them, and counts instead of an equal one.
  static std::string Claims(const std::string& more = "") {
    return absl::StrCat(
        R"({"iss":"https://idp","aud":"pawl","sub":"ann","exp":1800000600,"nbf":1799999900)",
        more.empty() ? "" : ",", more, "}");
  }
  absl::Status Verify(const std::string& token) { return provider_.Verify(token, now_).status(); }
  size_t PoliciesOf(const std::string& more) {
    const auto principal = provider_.Verify(ec_.Token(Claims(more)), now_);
    EXPECT_TRUE(principal.ok()) << principal.status();
    return principal.ok() ? (*principal)->policies.size() : 99;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  const TestSigner& rsa_ = RsaSigner();
  const TestSigner ec_ = TestSigner::P256("e1");
  absl::StatusOr<std::string> keys_ = SetOf({rsa_, ec_});
  int reads_ = 0;
  TokenProvider provider_{*TokenProviderConfig::Parse(kConfig),
                          std::make_unique<Source>(&keys_, &reads_)};
};

TEST_F(TokenProviderTest, TokenBecomesAPrincipal) {
  for (const TestSigner& signer : {rsa_, ec_}) {
    const auto principal = provider_.Verify(signer.Token(Claims(R"("groups":"admins")")), now_);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ((*principal)->name, "token/ann");
    EXPECT_EQ((*principal)->ns, "000000000000");
    EXPECT_EQ((*principal)->kind, Principal::Kind::kToken);
    EXPECT_EQ(Decide((*principal)->policies, {{"pawl:CreateKey"}, "*"}), Verdict::kAllowed);
  }
}

TEST_F(TokenProviderTest, ClaimsLeadToPolicies) {
  const std::vector<std::pair<const char*, size_t>> cases = {
      {"", 0},
      {R"("groups":"admin")", 0},
      {R"("groups":"Admins")", 0},
      {R"("groups":["x","admins"])", 1},
      {R"("groups":[["admins"]])", 0},
      {R"("groups":{"admins":true})", 0},
      {R"("realm":{"roles":["team-1","team-2"]})", 2},
      {R"("realm":{"roles":["team-10"]})", 0},
      {R"("realm":"roles")", 0},
      {R"("/realm/roles":"team-1")", 0},
      {R"("https://example.com/role":"operators")", 1},
      {R"("scope":"openid pawl.read")", 1},
      {R"("scope":["pawl.read"])", 1},
      {R"("scope":"pawl.readwrite")", 0},
      {R"("groups":["admins"],"realm":{"roles":["team-1"]},"scope":"pawl.read")", 4},
  };
  for (const auto& [more, count] : cases) EXPECT_EQ(PoliciesOf(more), count) << more;
}

TEST_F(TokenProviderTest, ClaimsMustBeRight) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"("iss":"https://idp/")", "another issuer's"},
      {R"("iss":["https://idp"])", "another issuer's"},
      {R"("aud":"other")", "another audience"},
      {R"("aud":["other","pawls"])", "another audience"},
      {R"("aud":null)", "another audience"},
      {R"("exp":"1800000600")", "no time of expiry"},
      {R"("exp":1799999939)", "has expired"},
      {R"("exp":-1)", "has expired"},
      {R"("exp":-1e308)", "has expired"},
      {R"("nbf":1800000061)", "not valid yet"},
      {R"("nbf":"x")", "not valid yet"},
      {R"("nbf":1e308)", "not valid yet"},
      {R"("sub":"")", "(sub)"},
      {R"("sub":7)", "(sub)"},
      {R"("sub":"a\nb")", "(sub)"},
      {R"("sub":"a\u202eb")", "(sub)"},
  };
  for (const auto& [more, message] : cases) {
    const absl::Status status = Verify(ec_.Token(Claims(more)));
    EXPECT_EQ(aws::ErrorOf(status), aws::Error::kUnrecognizedClient) << more << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << more;
  }
  for (const char* fine : {R"("aud":["other","pawl"])", R"("exp":1799999941)", R"("exp":1e308)",
                           R"("exp":1800000600.5)", R"("nbf":1800000060)", R"("sub":"auth0|x")"}) {
    EXPECT_TRUE(Verify(ec_.Token(Claims(fine))).ok()) << fine;
  }
}

TEST_F(TokenProviderTest, AlgorithmIsTheKeys) {
  const std::vector<std::pair<const char*, const char*>> headers = {
      {R"({"alg":"none","kid":"e1"})", "must be signed by ES256"},
      {R"({"kid":"e1"})", "must be signed by ES256"},
      {R"({"alg":"RS256","kid":"e1"})", "must be signed by ES256"},
      {R"({"alg":"ES256","kid":"r1"})", "must be signed by RS256"},
      {R"({"alg":"HS256","kid":"r1"})", "must be signed by RS256"},
      {R"({"alg":"es256","kid":"e1"})", "must be signed by ES256"},
      {R"({"alg":"ES256"})", "none of the provider's"},
      {R"({"alg":"ES256","kid":""})", "none of the provider's"},
      {R"({"alg":"ES256","kid":["e1"]})", "none of the provider's"},
      {R"({"alg":"ES256","kid":"e1","crit":["x"]})", "critical"},
      {R"({"alg":"ES256","kid":"e1","typ":"JWE"})", "not of type JWT"},
  };
  for (const auto& [header, message] : headers) {
    EXPECT_THAT(std::string(Verify(ec_.Token(Claims(), header)).message()), HasSubstr(message))
        << header;
  }
  // No signature, as tokens of "none" have.
  const std::string token = ec_.Token(Claims(), R"({"alg":"none","kid":"e1"})");
  EXPECT_FALSE(Verify(token.substr(0, token.rfind('.') + 1)).ok());
  EXPECT_TRUE(Verify(ec_.Token(Claims(), R"({"alg":"ES256","kid":"e1","typ":"at+JWT"})")).ok());
}

TEST_F(TokenProviderTest, ChangeOfAnyByteIsRefused) {
  for (const TestSigner& signer : {rsa_, ec_}) {
    const std::string token = signer.Token(Claims());
    ASSERT_TRUE(Verify(token).ok());
    for (size_t i = 0; i < token.size(); ++i) {
      std::string changed = token;
      // Not the last bits of a part alone, which base64 may leave unused.
      changed[i] = changed[i] == 'A' ? 'z' : 'A';
      EXPECT_FALSE(Verify(changed).ok()) << i;
      EXPECT_TRUE(aws::ErrorOf(Verify(changed)).has_value()) << i;
    }
  }
}

TEST_F(TokenProviderTest, OtherTextsAreRefusedAndNotRepeated) {
  const std::string token = ec_.Token(Claims());
  for (const std::string& text :
       {std::string(), std::string("sesame"), std::string(".."), token + ".sesame", token + "=",
        "sesame" + token, std::string(kMaxJwtBytes + 1, 'A'), ec_.Token("sesame"),
        ec_.Token(std::string(100, '[')), ec_.Token("[]"), ec_.Token(Claims(), "[]"),
        TestSigner::P256("e1").Token(Claims(R"("sub":"sesame")"))}) {
    const absl::Status status = Verify(text);
    EXPECT_TRUE(aws::ErrorOf(status).has_value()) << text << ": " << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "sesame")) << status;
  }
}

TEST_F(TokenProviderTest, NewKeyIsReadSoonAndNotTooOften) {
  const TestSigner next = TestSigner::P256("e2");
  keys_ = SetOf({ec_, next});
  EXPECT_EQ(reads_, 1);
  EXPECT_THAT(std::string(Verify(next.Token(Claims())).message()), HasSubstr("none of the"));
  now_ += absl::Seconds(29);
  EXPECT_TRUE(provider_.Refresh(now_).ok());
  EXPECT_EQ(reads_, 1);
  now_ += absl::Seconds(1);
  EXPECT_TRUE(provider_.Refresh(now_).ok());
  EXPECT_EQ(reads_, 2);
  EXPECT_TRUE(Verify(next.Token(Claims())).ok());
  EXPECT_FALSE(Verify(rsa_.Token(Claims())).ok()) << "it is gone";
  // However many tokens name keys that nobody has.
  for (int second = 0; second < 300; ++second) {
    EXPECT_FALSE(Verify(TestSigner::P256("x").Token(Claims())).ok());
    now_ += absl::Seconds(1);
    EXPECT_TRUE(provider_.Refresh(now_).ok());
  }
  EXPECT_EQ(reads_, 12);
}

TEST_F(TokenProviderTest, KeysCountForADayWithoutTheProvider) {
  const std::string token = ec_.Token(Claims(R"("exp":1e12)"));
  for (const auto& broken : {absl::StatusOr<std::string>(absl::UnavailableError("down")),
                             absl::StatusOr<std::string>("no keys")}) {
    keys_ = broken;
    now_ += absl::Hours(11);
    EXPECT_FALSE(provider_.Refresh(now_).ok());
    EXPECT_TRUE(Verify(token).ok());
  }
  now_ += absl::Hours(2);
  EXPECT_FALSE(provider_.Refresh(now_).ok());
  EXPECT_THAT(std::string(Verify(token).message()), HasSubstr("not known"));
  keys_ = SetOf({ec_});
  now_ += Jwks::kMinInterval;
  EXPECT_TRUE(provider_.Refresh(now_).ok());
  EXPECT_TRUE(Verify(token).ok());
}

TEST(Jwks, FileIsReadAgain) {
  const lines::TempFolder folder;
  const std::string path = folder.File("jwks.json");
  Jwks keys(JwksFile(path));
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_TRUE(absl::IsUnavailable(keys.Refresh(now)));
  EXPECT_EQ(keys.Current(now), nullptr);
  std::ofstream(path) << SetOf({TestSigner::P256("a")});
  now += absl::Seconds(5);
  ASSERT_TRUE(keys.Refresh(now).ok());
  EXPECT_NE(keys.Current(now)->Find("a"), nullptr);
  std::ofstream(path) << SetOf({TestSigner::P256("b")});
  now += absl::Seconds(5);
  ASSERT_TRUE(keys.Refresh(now).ok());
  EXPECT_EQ(keys.Current(now)->Find("a"), nullptr);
  EXPECT_NE(keys.Current(now)->Find("b"), nullptr);
  std::ofstream(path) << std::string(JwkSet::kMaxBytes + 10, ' ');
  now += absl::Seconds(5);
  EXPECT_TRUE(absl::IsInvalidArgument(keys.Refresh(now)));
  EXPECT_NE(keys.Current(now)->Find("b"), nullptr);
}

TEST(Jwks, UrlsMustBeSecure) {
  const auto fetch = [](const std::string& url) -> absl::StatusOr<std::string> { return url; };
  for (const char* url : {"https://idp/keys", "https://idp:8443", "http://127.0.0.1:1/keys",
                          "http://localhost/keys", "http://[::1]:1/"}) {
    const auto source = JwksUrl(url, fetch);
    ASSERT_TRUE(source.ok()) << url;
    EXPECT_EQ(*(*source)->Read(), url);
  }
  for (const char* url : {"", "idp", "http://idp/keys", "https://", "https:///keys", "ftp://idp",
                          "http://localhost.evil/keys", "http://127.0.0.1@evil/", "https://a@b/",
                          "http://127.0.0.10/", "file:///etc/passwd"}) {
    EXPECT_FALSE(JwksUrl(url, fetch).ok()) << url;
  }
}

TEST(TokenProviderConfig, WhatIsWrongIsSaid) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string config = kConfig;
    config.replace(config.find(from), from.size(), to);
    return config;
  };
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"", "is not JSON"},
      {"[]", "must be an object"},
      {with("issuer", "isuer"), "/isuer is not a setting"},
      {with("\"https://idp\"", "7"), "/issuer must be a text"},
      {with("\"pawl\"", "\"\""), "/audience must be a text"},
      {with("\"/keys\"", "null"), "/keys must be a text"},
      {with("\"rules\": [", "\"rules\": [7,"), "/rules/0 must be an object"},
      {with("\"admin\"", "\"root\""), "/rules/0/policies a policy must be"},
      {with("[\"admin\"]", "[]"), "/rules/0/policies must have at least one"},
      {with("\"groups\"", "\"\""), "/rules/0/claim must be a text"},
      {with("\"value\"", "\"values\""), "/rules/0/values is not a setting"},
  };
  for (const auto& [config, message] : cases) {
    const absl::Status status = TokenProviderConfig::Parse(config).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << config;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  const auto all = TokenProviderConfig::Parse(with("\"000000000000\"", "\"*\""));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->ns, "");
  EXPECT_FALSE(all->has_key_url());
  EXPECT_TRUE(TokenProviderConfig::Parse(with("/keys", "https://idp/keys"))->has_key_url());
}

}  // namespace
}  // namespace pawl::auth
