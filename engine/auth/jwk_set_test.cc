#include "engine/auth/jwk_set.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/auth/base64url.h"
#include "engine/auth/jwt_test_util.h"

namespace pawl::auth {
namespace {

std::string SetOf(const std::string& keys) { return absl::StrCat(R"({"keys":[)", keys, "]}"); }

// The keys and tokens of RFC 7515, appendices A.2 and A.3.
constexpr char kRfcRsaKey[] =
    R"({"kty":"RSA","kid":"rsa","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHm)"
    R"(fHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9w)"
    R"(Gzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD)"
    R"(Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5)"
    R"(4h4FRWyuXpoQ","e":"AQAB"})";
constexpr char kRfcEcKey[] =
    R"({"kty":"EC","crv":"P-256","kid":"ec","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kRfcClaims[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr char kRfcRsaSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr char kRfcEcSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

struct Signed {
  const char* id;
  const char* algorithm;
  std::string text;
  const char* signature;
};

TEST(JwkSet, AgreesWithTheVectorsOfRfc7515) {
  const auto set = JwkSet::Parse(SetOf(absl::StrCat(kRfcRsaKey, ",", kRfcEcKey)));
  ASSERT_TRUE(set.ok()) << set.status();
  for (const Signed& c :
       {Signed{"rsa", "RS256", absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", kRfcClaims), kRfcRsaSignature},
        Signed{"ec", "ES256", absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kRfcClaims),
               kRfcEcSignature}}) {
    const JwkSet::Key* key = set->Find(c.id);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->algorithm(), c.algorithm);
    const std::string signature = *DecodeBase64Url(c.signature);
    EXPECT_TRUE(key->Verify(c.text, signature)) << c.id;
    EXPECT_FALSE(key->Verify(c.text + "x", signature)) << c.id;
    for (size_t i = 0; i < signature.size(); ++i) {
      std::string changed = signature;
      changed[i] ^= 1;
      EXPECT_FALSE(key->Verify(c.text, changed)) << c.id << " " << i;
    }
    EXPECT_FALSE(key->Verify(c.text, "")) << c.id;
    EXPECT_FALSE(key->Verify(c.text, signature + "x")) << c.id;
    EXPECT_FALSE(key->Verify(c.text, std::string(64, '\0'))) << c.id;
  }
}

TEST(JwkSet, VerifiesWhatFreshKeysSign) {
  for (const TestSigner& signer : {TestSigner::Rsa("a"), TestSigner::P256("b")}) {
    const auto set = JwkSet::Parse(SetOf(signer.Jwk(R"(,"use":"sig","x5c":["ignored"])")));
    ASSERT_TRUE(set.ok()) << set.status();
    EXPECT_TRUE(set->Find(signer.id())->Verify("text", signer.Sign("text")));
    EXPECT_FALSE(set->Find(signer.id())->Verify("text", signer.Sign("other text")));
  }
}

TEST(JwkSet, KeysAreFoundById) {
  const TestSigner a = TestSigner::P256("a");
  const TestSigner other_a = TestSigner::P256("a");
  const auto one = JwkSet::Parse(SetOf(a.Jwk()));
  EXPECT_NE(one->Find("a"), nullptr);
  EXPECT_EQ(one->Find("b"), nullptr);
  EXPECT_EQ(one->Find(""), one->Find("a")) << "the only one";
  const auto two = JwkSet::Parse(SetOf(a.Jwk() + "," + TestSigner::P256("b").Jwk()));
  EXPECT_EQ(two->Find(""), nullptr);
  // The first one of an id counts.
  const auto twice = JwkSet::Parse(SetOf(a.Jwk() + "," + other_a.Jwk()));
  EXPECT_TRUE(twice->Find("a")->Verify("text", a.Sign("text")));
  EXPECT_FALSE(twice->Find("a")->Verify("text", other_a.Sign("text")));
}

TEST(JwkSet, KeysThatWillNotDoAreLeftOut) {
  const TestSigner good = TestSigner::P256("good");
  const TestSigner rsa = TestSigner::Rsa("bad");
  std::string off_curve = kRfcEcKey;
  off_curve.replace(off_curve.find("f83O"), 4, "f83P");
  const std::vector<std::string> bad = {
      "7",
      "{}",
      R"({"kty":"oct","kid":"bad","k":"c2VjcmV0"})",
      R"({"kty":"RSA","kid":"bad","n":"AQAB","e":"AQAB"})",
      R"({"kty":"RSA","kid":"bad","n":"****","e":"AQAB"})",
      R"({"kty":"EC","kid":"bad","crv":"P-384","x":"AQAB","y":"AQAB"})",
      R"({"kty":"EC","kid":"bad","crv":"P-256","x":"AQAB","y":"AQAB"})",
      off_curve,
      TestSigner::Rsa("bad", 1024).Jwk(),
      rsa.Jwk(R"(,"use":"enc")"),
      rsa.Jwk(R"(,"alg":"RS512")"),
      rsa.Jwk(R"(,"alg":"none")"),
      rsa.Jwk(R"(,"alg":"HS256")"),
      rsa.Jwk(R"(,"e":"AA")"),
      rsa.Jwk(R"(,"e":"AQ")"),
      rsa.Jwk(R"(,"e":"AQABAQABAQABAQAB")"),
      TestSigner::P256("bad").Jwk(R"(,"alg":"RS256")"),
      TestSigner::P256(std::string(300, 'a')).Jwk(),
  };
  for (const std::string& key : bad) {
    EXPECT_TRUE(absl::IsInvalidArgument(JwkSet::Parse(SetOf(key)).status())) << key;
    const auto both = JwkSet::Parse(SetOf(key + "," + good.Jwk()));
    ASSERT_TRUE(both.ok()) << both.status();
    EXPECT_NE(both->Find("good"), nullptr) << key;
    EXPECT_EQ(both->Find("bad"), nullptr) << key;
  }
}

TEST(JwkSet, OtherTextsAreRefused) {
  std::string many = "{}";
  for (size_t i = 0; i < JwkSet::kMaxKeys; ++i) many += ",{}";
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[]})"), SetOf(many), std::string(JwkSet::kMaxBytes + 1, ' '),
        std::string(100, '[')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(JwkSet::Parse(text).status())) << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace pawl::auth
