#include "engine/http_task/redact.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/http_task/answer.h"
#include "engine/http_task/connection.h"
#include "engine/http_task/encoding.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::http_task {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "p\"a/s s\\&<w>ör\xF0\x9F\x98\x80'd+1";

// `text` with each character as JSON's \uXXXX.
std::string AllEscaped() {
  return R"(\u0070\u0022\u0061\u002f\u0073\u0020\u0073\u005c\u0026\u003c\u0077\u003e)"
         R"(\u00F6\u0072\uD83D\ude00\u0027\u0064\u002B\u0031)";
}

std::string AllPercent(bool is_lower) {
  std::string out;
  for (const char c : absl::string_view(kSecret)) {
    const std::string hex = absl::BytesToHexString(std::string(1, c));
    absl::StrAppend(&out, "%", is_lower ? hex : absl::AsciiStrToUpper(hex));
  }
  return out;
}

TEST(Redactor, FindsASecretInEveryEncoding) {
  const std::string json = ToJson(Value::String(kSecret));
  const std::string inner = json.substr(1, json.size() - 2);
  const std::string twice = ToJson(Value::String(json));
  const std::string percent = PercentEncode(kSecret);
  const std::string html = absl::StrReplaceAll(
      kSecret, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
  const struct {
    const char* name;
    std::string text;
  } cases[] = {
      {"as it is", kSecret},
      {"JSON", inner},
      {"JSON with escaped slashes", absl::StrReplaceAll(inner, {{"/", "\\/"}})},
      {"JSON in JSON", twice.substr(3, twice.size() - 6)},
      {"JSON, all escaped", AllEscaped()},
      {"percent", percent},
      {"percent, all in capitals", AllPercent(false)},
      {"percent, all in small letters", AllPercent(true)},
      {"a form", absl::StrReplaceAll(percent, {{"%20", "+"}})},
      {"HTML", html},
      {"HTML, decimal", absl::StrReplaceAll(kSecret, {{"&", "&#38;"}, {"ö", "&#246;"}})},
      {"HTML, hexadecimal", absl::StrReplaceAll(kSecret, {{"&", "&#x26;"}, {"\"", "&#X22;"}})},
  };
  const Redactor redactor({kSecret});
  for (const auto& one : cases) {
    EXPECT_EQ(redactor.Redact(absl::StrCat("<<", one.text, ">>")), "<<***>>") << one.name;
    EXPECT_EQ(redactor.Redact(absl::StrCat(one.text, one.text)), "******") << one.name;
  }
}

TEST(Redactor, FindsASecretInBase64AtAnyOffset) {
  const std::string secret =
      "sec\xC3\xBFret?"
      "?>>~~";
  const Redactor redactor({secret});
  for (const char* before : {"", "u", "us", "user:", "a longer name:"}) {
    for (const char* after : {"", "x", "xy", "xyz"}) {
      const std::string whole = absl::StrCat(before, secret, after);
      EXPECT_THAT(redactor.Redact(absl::Base64Escape(whole)), HasSubstr("***")) << whole;
      EXPECT_THAT(redactor.Redact(absl::WebSafeBase64Escape(whole)), HasSubstr("***")) << whole;
      std::string in_query = PercentEncode(absl::Base64Escape(whole));
      EXPECT_THAT(redactor.Redact(in_query), HasSubstr("***")) << in_query;
    }
  }
}

TEST(Redactor, LeavesOtherTextAsItIs) {
  const Redactor redactor({kSecret, "short", ""});
  for (const char* text : {"", "short", "\\", "%", "%2", "&", "&#;", "&#x;", "\\u", "\\ud83d", "+",
                           "p\"a/s s", "100% of it \\u00zz &unknown; a+b", "\xFF\xFE"}) {
    EXPECT_EQ(redactor.Redact(text), text);
  }
}

TEST(Redactor, ReachesEveryPartOfAnAnswer) {
  Response response;
  response.status = 200;
  response.reason = "very-secret";
  response.headers = {{"content-type", "application/json"},
                      {"x-very-secret", "1"},
                      {"location", "https://a/?k=very%2Dsecret"}};
  response.body = R"({"a":"very\u002Dsecret","very-secret":1})";
  const OrFailure<Value> result = ResultOf(response, Redactor({"very-secret"}));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ToJson(*result),
            R"({"Headers":{"content-type":["application/json"],"x-***":["1"],)"
            R"("location":["https://a/?k=***"]},"ResponseBody":{"a":"***","***":1},)"
            R"("StatusCode":200,"StatusText":"***"})");
  response.status = 500;
  EXPECT_THAT(*ResultOf(response, Redactor({"very-secret"})).failure().cause,
              AllOf(Not(HasSubstr("secret")), HasSubstr("***")));
}

TEST(Answers, ReplaceBytesOfHeadersThatAreNotUtf8) {
  Response response;
  response.status = 200;
  response.headers = {{"x-\xFF", "a\xFE"}, {"x-plain", "1"}};
  const OrFailure<Value> result = ResultOf(response, Redactor({}));
  ASSERT_TRUE(result.ok());
  const absl::StatusOr<Value> read = ParseJson(ToJson(*result));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_NE(read->Find("Headers")->Find("x-\xEF\xBF\xBD"), nullptr);
  response.headers = {{"content-type", "image/\xFF"}};
  response.body = "x";
  EXPECT_EQ(*ResultOf(response, Redactor({})).failure().cause,
            "The answer has an unsupported content type: image/\xEF\xBF\xBD");
}

TEST(Connections, RefuseSecretsThatAreTooShortToBeFound) {
  const struct {
    const char* field;
    std::string json;
  } cases[] = {
      {"Password", R"({"AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":
          {"Username":"u","Password":"pw12345"}}})"},
      {"ApiKeyValue", R"({"AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":
          {"ApiKeyName":"k","ApiKeyValue":"pw12345"}}})"},
      {"ClientSecret", R"({"AuthorizationType":"OAUTH_CLIENT_CREDENTIALS","AuthParameters":
          {"OAuthParameters":{"AuthorizationEndpoint":"https://x","ClientParameters":
          {"ClientID":"i","ClientSecret":"pw12345"}}}})"},
      {"QueryStringParameters.key", R"({"AuthParameters":{"InvocationHttpParameters":
          {"QueryStringParameters":[{"Key":"key","Value":"pw12345","IsValueSecret":true}]}}})"},
  };
  for (const auto& one : cases) {
    auto source = ConnectionsInEnvironment({{"PAWL_CONNECTION_STRIPE", one.json}});
    const OrFailure<Connection> found = source->Find("stripe");
    ASSERT_FALSE(found.ok()) << one.field;
    EXPECT_EQ(found.failure().error, "Events.ConnectionResource.InvalidConnectionState");
    EXPECT_THAT(*found.failure().cause,
                AllOf(HasSubstr("stripe"), HasSubstr(one.field), HasSubstr("fewer than 8"),
                      Not(HasSubstr("pw12345"))));
  }
  EXPECT_TRUE(ParseConnection(R"({"AuthParameters":{"InvocationHttpParameters":
      {"HeaderParameters":[{"Key":"X","Value":"1"}]}}})")
                  .ok());
}

}  // namespace
}  // namespace pawl::http_task
