#include "engine/auth/signature_v4.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/auth/crypto.h"
#include "engine/auth/signed_request_test_util.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

using ::testing::HasSubstr;

// botocore 1.43 has signed it, at kNow.
Sent StartExecution() {
  Sent sent;
  sent.headers = {
      {"Host", "127.0.0.1:7234"},
      {"Content-Type", "application/x-amz-json-1.0"},
      {"X-Amz-Target", "AWSStepFunctions.StartExecution"},
      {"amz-sdk-invocation-id", "7"},
      {"User-Agent", "x"},
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       Authorization("states", "amz-sdk-invocation-id;content-type;host;x-amz-date;x-amz-target",
                     "6a923461d46b10d7e73e7f0586bb7152184dff79d79c31a2fc65c1a0da2d648c")}};
  sent.body = R"({"stateMachineArn":"order"})";
  return sent;
}

// Signs as a client would, by this room's own canonical form: for tests of what comes after it.
void Sign(const std::vector<absl::string_view>& names, Sent* sent,
          const std::string& payload_hash = "") {
  const std::string canonical = CanonicalRequest(
      sent->view(), names, "", payload_hash.empty() ? Sha256Hex(sent->body) : payload_hash);
  std::string key = absl::StrCat("AWS4", kSecret);
  for (const char* part : {"20150830", "us-east-1", "states", "aws4_request"}) {
    key = HmacSha256(key, part);
  }
  const std::string to_sign =
      absl::StrCat("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/states/aws4_request\n",
                   Sha256Hex(canonical));
  sent->Header("Authorization") = Authorization("states", absl::StrJoin(names, ";"),
                                                absl::BytesToHexString(HmacSha256(key, to_sign)));
}

TEST(SignatureV4, AcceptsWhatClientsOfStepFunctionsSend) {
  EXPECT_EQ(Verify(StartExecution()).value_or("refused"), kKeyId);
  Sent sync;
  sync.headers = {
      {"host", "sync-pawl:7234"},
      {"x-amz-target", "AWSStepFunctions.StartSyncExecution"},
      {"x-amz-date", "20150830T123600Z"},
      {"authorization",
       Authorization("states", "host;x-amz-date;x-amz-target",
                     "f34e3a55d2a97236cb090abb9e4f688f894af96696a2afd4d8e3d0c842e17b1d")}};
  sync.body = "{}";
  EXPECT_TRUE(Verify(sync).ok()) << Verify(sync).status();
  Sent dated;
  dated.headers = {
      {"Host", "127.0.0.1:7234"},
      {"X-Amz-Target", "AWSStepFunctions.StartExecution"},
      {"Date", "Sun, 30 Aug 2015 12:36:00 -0000"},
      {"Authorization",
       Authorization("states", "date;host;x-amz-target",
                     "27037f0b651aace453869182e4ff111b5d8188c069ff47b339ddc3460b848ddc")}};
  dated.body = "{}";
  EXPECT_TRUE(Verify(dated).ok()) << Verify(dated).status();
}

TEST(SignatureV4, ChangeOfAnyPartIsRefused) {
  const Sent valid = StartExecution();
  ASSERT_TRUE(Verify(valid).ok());
  std::vector<std::pair<std::string, Sent>> mutants;
  const auto mutate = [&](const std::string& what, auto change) {
    Sent mutant = valid;
    change(mutant);
    mutants.emplace_back(what, std::move(mutant));
  };
  mutate("method", [](Sent& s) { s.method = "GET"; });
  mutate("path", [](Sent& s) { s.path = "/x"; });
  mutate("query", [](Sent& s) { s.query = "a=b"; });
  mutate("body", [](Sent& s) { s.body.back() = ' '; });
  mutate("no body", [](Sent& s) { s.body.clear(); });
  mutate("second target", [](Sent& s) { s.headers.emplace_back("x-amz-target", "B"); });
  mutate("second host", [](Sent& s) { s.headers.emplace_back("HOST", "127.0.0.1:7234"); });
  mutate("unsigned x-amz", [](Sent& s) { s.headers.emplace_back("x-amz-other", "B"); });
  mutate("session token", [](Sent& s) { s.headers.emplace_back("X-Amz-Security-Token", "B"); });
  for (size_t i = 0; i < valid.headers.size(); ++i) {
    const std::string name = valid.headers[i].first;
    if (name == "User-Agent") continue;  // not signed
    mutate("no " + name,
           [i](Sent& s) { s.headers.erase(s.headers.begin() + static_cast<int>(i)); });
    for (size_t at = 0; at < valid.headers[i].second.size(); ++at) {
      mutate(absl::StrCat(name, " at ", at), [i, at](Sent& s) { s.headers[i].second[at] ^= 1; });
      mutate(absl::StrCat(name, " without ", at),
             [i, at](Sent& s) { s.headers[i].second.erase(at, 1); });
    }
  }
  int count = 0;
  for (const auto& [what, mutant] : mutants) {
    const auto result = Verify(mutant);
    // The blanks between the parameters of Authorization mean nothing.
    const bool is_blank = absl::StrContains(what, "Authorization without") && result.ok();
    if (is_blank && ++count <= 2) continue;
    EXPECT_FALSE(result.ok()) << what;
    EXPECT_TRUE(aws::ErrorOf(result.status()).has_value()) << what << ": " << result.status();
  }
  EXPECT_EQ(count, 2);
  EXPECT_GT(mutants.size(), 500u);
}

struct Refused {
  const char* name;
  std::string value;  // of Authorization
  aws::Error refusal;
  const char* text;
};

TEST(SignatureV4, RefusalsHaveAwsNamesAndTexts) {
  const std::string valid = StartExecution().Header("Authorization");
  const auto with = [&valid](absl::string_view from, absl::string_view to) {
    return absl::StrReplaceAll(valid, {{from, to}});
  };
  const std::vector<Refused> cases = {
      {"key", with("AKIDEXAMPLE", "AKIDOTHER"), aws::Error::kUnrecognizedClient,
       "The security token included in the request is invalid."},
      {"region", with("us-east-1", "eu-west-1"), aws::Error::kInvalidSignature,
       "Credential should be scoped to a valid region."},
      {"service", with("/states/", "/s3/"), aws::Error::kInvalidSignature,
       "Credential should be scoped to correct service: 'states'."},
      {"day", with("/20150830/", "/20150829/"), aws::Error::kInvalidSignature,
       "Date in Credential scope does not match YYYYMMDD"},
      {"terminator", with("aws4_request", "aws4"), aws::Error::kInvalidSignature,
       "Credential should be scoped with a valid terminator: 'aws4_request'."},
      {"signature", with("Signature=6", "Signature=7"), aws::Error::kInvalidSignature,
       "The request signature we calculated does not match the signature you provided."},
      {"host", with(";host", ""), aws::Error::kInvalidSignature,
       "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
      {"target", with(";x-amz-target", ""), aws::Error::kInvalidSignature,
       "must be a 'SignedHeader'"},
      {"order", with("host;x-amz-date", "x-amz-date;host"), aws::Error::kIncompleteSignature,
       "in ascending order"},
      {"no credential", with("Credential=", ""), aws::Error::kIncompleteSignature, "Credential"},
      {"no signature", valid.substr(0, valid.find(", Signature")), aws::Error::kIncompleteSignature,
       "Authorization header requires 'Signature' parameter."},
      {"scope", with("/us-east-1", ""), aws::Error::kIncompleteSignature,
       "Credential must have exactly 5 slash-delimited elements"},
      {"short", valid.substr(0, valid.size() - 1), aws::Error::kIncompleteSignature, "64"},
      {"basic", "Basic dXNlcjpwYXNz", aws::Error::kIncompleteSignature, "AWS4-HMAC-SHA256"},
      {"empty", "", aws::Error::kIncompleteSignature, "AWS4-HMAC-SHA256"},
      {"v4a", with("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), aws::Error::kIncompleteSignature,
       "not supported"},
      {"long", valid + std::string(5000, ' '), aws::Error::kIncompleteSignature, "4096"},
      {"many", with(";host", absl::StrCat(";", std::string(200, ';'))),
       aws::Error::kIncompleteSignature, "at most 64"}};
  for (const Refused& refused : cases) {
    Sent sent = StartExecution();
    sent.Header("Authorization") = refused.value;
    const absl::Status status = Verify(sent).status();
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << refused.name;
    EXPECT_EQ(aws::ErrorOf(status), refused.refusal) << refused.name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(refused.text)) << refused.name;
  }
}

TEST(SignatureV4, RequestsWithoutSignatureInTheHeaderAreToldApart) {
  Sent sent;
  sent.headers = {{"Host", "h"}};
  EXPECT_EQ(aws::ErrorOf(Verify(sent).status()), aws::Error::kMissingAuthenticationToken);
  EXPECT_EQ(Verify(sent).status().message(), "Missing Authentication Token");
  sent.query = "x=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0";
  EXPECT_EQ(aws::ErrorOf(Verify(sent).status()), aws::Error::kIncompleteSignature);
  Sent twice = StartExecution();
  twice.headers.push_back(twice.headers.back());
  EXPECT_EQ(aws::ErrorOf(Verify(twice).status()), aws::Error::kIncompleteSignature);
  Sent crowded = StartExecution();
  for (int i = 0; i < 1000; ++i) crowded.headers.emplace_back("a", "b");
  EXPECT_EQ(aws::ErrorOf(Verify(crowded).status()), aws::Error::kIncompleteSignature);
}

TEST(SignatureV4, TimeMayDifferByFiveMinutes) {
  const Sent sent = StartExecution();
  EXPECT_TRUE(Verify(sent, kNow + absl::Minutes(5)).ok());
  EXPECT_TRUE(Verify(sent, kNow - absl::Minutes(5)).ok());
  const absl::Status expired = Verify(sent, kNow + absl::Minutes(5) + absl::Seconds(1)).status();
  EXPECT_EQ(aws::ErrorOf(expired), aws::Error::kInvalidSignature);
  EXPECT_EQ(expired.message(),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
            "(20150830T124101Z - 5 min.)");
  const absl::Status early = Verify(sent, kNow - absl::Minutes(5) - absl::Seconds(1)).status();
  EXPECT_EQ(aws::ErrorOf(early), aws::Error::kInvalidSignature);
  EXPECT_EQ(early.message(),
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
            "(20150830T123059Z + 5 min.)");
}

TEST(SignatureV4, TimesMustBeExact) {
  for (const char* time : {"20150830T123600", "2015-08-30T12:36:00Z", "20150830T126000Z",
                           "20151330T123600Z", "20150830t123600z", "+0150830T123600Z", "x", ""}) {
    Sent sent = StartExecution();
    sent.Header("X-Amz-Date") = time;
    EXPECT_EQ(aws::ErrorOf(Verify(sent).status()), aws::Error::kIncompleteSignature) << time;
  }
}

TEST(SignatureV4, HashOfThePayloadMustFitTheBody) {
  Sent sent;
  sent.body = "{}";
  sent.headers = {{"Host", "h"}, {"X-Amz-Date", "20150830T123600Z"}};
  const std::vector<absl::string_view> names = {"host", "x-amz-content-sha256", "x-amz-date"};
  sent.Header("X-Amz-Content-Sha256") = Sha256Hex("{}");
  Sign(names, &sent);
  EXPECT_TRUE(Verify(sent).ok()) << Verify(sent).status();

  // The sender has signed another body's hash, and is told so.
  sent.Header("X-Amz-Content-Sha256") = Sha256Hex("[]");
  Sign(names, &sent, Sha256Hex("[]"));
  EXPECT_THAT(std::string(Verify(sent).status().message()), HasSubstr("x-amz-content-sha256"));

  sent.Header("X-Amz-Content-Sha256") = "UNSIGNED-PAYLOAD";
  Sign(names, &sent, "UNSIGNED-PAYLOAD");
  EXPECT_EQ(aws::ErrorOf(Verify(sent).status()), aws::Error::kInvalidSignature);
  EXPECT_TRUE(Verify(sent, kNow, {.region = "us-east-1", .accepts_unsigned_payload = true}).ok());
}

TEST(SignatureV4, ForwardedHostCountsOnlyBySetting) {
  Sent sent = StartExecution();
  sent.Header("Host") = "internal:80";
  sent.headers.emplace_back("X-Forwarded-Host", "127.0.0.1:7234");
  EXPECT_EQ(aws::ErrorOf(Verify(sent).status()), aws::Error::kInvalidSignature);
  EXPECT_TRUE(Verify(sent, kNow, {.region = "us-east-1", .trusts_forwarded_host = true}).ok());
}

TEST(SignatureV4, RememberedSigningKeyDoesNotOutliveTheSecret) {
  const SignatureV4 signatures({.region = "us-east-1"});
  const Sent sent = StartExecution();
  absl::optional<std::string> secret = std::string(kSecret);
  const auto lookup = [&secret](absl::string_view) { return secret; };
  EXPECT_TRUE(signatures.Verify(sent.view(), lookup, kNow).ok());
  EXPECT_TRUE(signatures.Verify(sent.view(), lookup, kNow).ok());
  secret = "another one";
  EXPECT_FALSE(signatures.Verify(sent.view(), lookup, kNow).ok());
  secret = absl::nullopt;
  EXPECT_EQ(aws::ErrorOf(signatures.Verify(sent.view(), lookup, kNow).status()),
            aws::Error::kUnrecognizedClient);
}

TEST(SignatureV4, ThreadsVerifySideBySide) {
  const SignatureV4 signatures({.region = "us-east-1"});
  const Sent sent = StartExecution();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        EXPECT_TRUE(signatures.Verify(sent.view(), Secret, kNow).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SignatureV4, MessagesRepeatNothingOfTheRequest) {
  for (const char* value : {"Bearer sesame", "AWS4-HMAC-SHA256 Credential=sesame",
                            "AWS4-HMAC-SHA256 sesame, Signature=sesame"}) {
    Sent sent = StartExecution();
    sent.Header("Authorization") = value;
    EXPECT_FALSE(absl::StrContains(Verify(sent).status().message(), "sesame")) << value;
  }
}

}  // namespace
}  // namespace pawl::auth
