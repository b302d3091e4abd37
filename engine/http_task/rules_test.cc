// The parts of an HTTP task that need no server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/http_task/call.h"
#include "engine/http_task/connection.h"
#include "engine/http_task/encoding.h"
#include "engine/http_task/guard.h"
#include "engine/http_task/url.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::http_task {
namespace {

using testing::HasSubstr;
using testing::Not;

bool IsPublic(const char* text) {
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return IsPublicAddress(reinterpret_cast<sockaddr*>(&v4), sizeof(v4));
  }
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return IsPublicAddress(reinterpret_cast<sockaddr*>(&v6), sizeof(v6));
}

TEST(Addresses, OfThePublicInternetOnly) {
  for (const char* address :
       {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
        "169.253.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.1.1.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::10.0.0.1",
                              "64:ff9b:1::1",
                              "2002:a00:1::1",
                              "2002:7f00:1::",
                              "2001::1",
                              "2001:db8::1",
                              "3fff::1",
                              "fe80::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "ff02::1",
                              "100::1",
                              "5f00::1",
                              "fec0::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
  sockaddr local = {};
  local.sa_family = AF_UNIX;
  EXPECT_FALSE(IsPublicAddress(&local, sizeof(local)));
}

TEST(Hosts, MatchPatterns) {
  struct Case {
    const char* pattern;
    const char* host;
    int port;
    bool is_allowed;
  };
  const Case cases[] = {
      {"api.example.com", "api.example.com", 443, true},
      {"api.example.com", "API.example.com.", 443, true},
      {"api.example.com", "api.example.com", 8443, false},
      {"api.example.com:8443", "api.example.com", 8443, true},
      {"api.example.com:8443", "api.example.com", 443, false},
      {"api.example.com:*", "api.example.com", 1, true},
      {"*.example.com", "a.b.example.com", 443, true},
      {"*.example.com", "example.com", 443, false},
      {"*.example.com", ".example.com", 443, false},
      {"*.example.com", "notexample.com", 443, false},
      {"*.example.com", "example.com.evil.org", 443, false},
      {"*example.com", "evilexample.com", 443, false},
      {"*", "anything", 443, true},
      {"*", "anything", 80, false},
      {"", "anything", 443, false},
      {"[::1]:8080", "[::1]", 8080, true},
      {"[::1]", "[::1]", 443, true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IsHostAllowed({"other.org", c.pattern}, c.host, c.port, 443), c.is_allowed)
        << c.pattern << " " << c.host << ":" << c.port;
  }
  EXPECT_FALSE(IsHostAllowed({}, "x", 443, 443));
}

TEST(Urls, AreReadStrictly) {
  const absl::optional<Url> url = ParseUrl("HTTPS://API.Example.com:8443/a/../b?x=%20&y#frag");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(url->ToString(), "https://api.example.com:8443/b?x=%20&y");
  EXPECT_EQ(ParseUrl("https://example.com")->ToString(), "https://example.com/");
  EXPECT_EQ(ParseUrl("http://0x7f.1/")->host, "127.0.0.1");
  for (const char* text :
       {"", "example.com", "/path", "ftp://example.com/", "file:///etc/passwd", "https://",
        "https:///x", "https://u@example.com/", "https://u:p@example.com/", "https://exa mple.com/",
        "https://example.com/a b", "https://example.com/\n", "https://example.com\\@evil.org/",
        "https://example.com:0/", "https://example.com:99999/", "https://ex\xC3\xA4mple.com/",
        "https://[::1%25eth0]/", "javascript:alert(1)", "gopher://x/"}) {
    EXPECT_FALSE(ParseUrl(text).has_value()) << text;
  }
  EXPECT_EQ(ResolveUrl(*url, "../c?d")->ToString(), "https://api.example.com:8443/c?d");
  EXPECT_EQ(ResolveUrl(*url, "//other.org/x")->ToString(), "https://other.org/x");
}

TEST(Forms, EncodeArraysAsAwsDoes) {
  const Value body = *ParseJson(R"({"array":["a","b"],"o":{"k":null,"t":true},"n":1.50})");
  struct Case {
    ArrayFormat format;
    const char* text;
  };
  for (const Case& c :
       {Case{ArrayFormat::kIndices, "array[0]=a&array[1]=b"},
        Case{ArrayFormat::kRepeat, "array=a&array=b"}, Case{ArrayFormat::kCommas, "array=a,b"},
        Case{ArrayFormat::kBrackets, "array[]=a&array[]=b"}}) {
    EXPECT_EQ(PercentDecode(EncodePairs(FlattenForm(body, c.format))),
              absl::StrCat(c.text, "&o[k]=&o[t]=true&n=1.50"));
  }
  EXPECT_EQ(EncodePairs({{"a b", "\xC3\xA4&=~"}}), "a%20b=%C3%A4%26%3D~");
  EXPECT_EQ(PercentDecode("%41%4"), "A%4");
}

OrFailure<Call> Parse(const std::string& more) {
  absl::StatusOr<Value> value =
      ParseJson(absl::StrCat(R"({"ApiEndpoint":"https://example.com/","Method":"GET")", more, "}"));
  EXPECT_TRUE(value.ok()) << more;
  return ParseCall(*value);
}

TEST(Calls, RefuseHeadersThatAwsRefuses) {
  for (const char* name :
       {"Authorization", "HOST", "Connection", "transfer-encoding", "X-Amz-Date", "x-amzn-trace-id",
        "X-Forwarded-For", "TE", "Via", "HTTP2-Settings", "cache-control"}) {
    const OrFailure<Call> call = Parse(absl::StrCat(R"(,"Headers":{")", name, R"(":"x"})"));
    ASSERT_FALSE(call.ok()) << name;
    EXPECT_EQ(call.failure().error, "States.Runtime");
  }
  for (const char* header : {R"("a\r\nb":"c")", R"("a":"b\r\nHost: c")", R"("":"x")",
                             R"("a:b":"x")", R"("a b":"x")", R"("a":{"b":1})", R"("a":[["b"]])"}) {
    EXPECT_FALSE(Parse(absl::StrCat(R"(,"Headers":{)", header, "}")).ok()) << header;
  }
  EXPECT_TRUE(Parse(R"(,"Headers":{"Content-Type":"x","Accept":["a","b"],"n":1})").ok());
}

TEST(Calls, RefuseParametersThatAreNotAsDocumented) {
  for (const char* more :
       {R"(,"Headers":"x")", R"(,"QueryParameters":1)", R"(,"QueryParameters":[[]])",
        R"(,"Transform":{"RequestBodyEncoding":"XML"})",
        R"(,"Transform":{"RequestEncodingOptions":{"ArrayFormat":"X"}})", R"(,"Authentication":{})",
        R"(,"InvocationConfig":{"ConnectionArn":1})",
        R"(,"InvocationConfig":{"ConnectionArn":"arn:aws:s3:::x"})", R"(,"Method":"TRACE")",
        R"(,"Method":"get")", R"(,"ApiEndpoint":"no")", R"(,"ApiEndpoint":1)"}) {
    const OrFailure<Call> call = Parse(more);
    ASSERT_FALSE(call.ok()) << more;
    EXPECT_EQ(call.failure().error, "States.Runtime") << more;
  }
  EXPECT_FALSE(ParseCall(Value::Null()).ok());
}

TEST(Calls, AWrongEndpointIsNamedWithoutItsPassword) {
  const auto cause_of = [](const char* endpoint) {
    const Value parameters =
        Value::Object({{"Method", Value::String("GET")}, {"ApiEndpoint", Value::String(endpoint)}});
    return *ParseCall(parameters).failure().cause;
  };
  EXPECT_THAT(cause_of("api.example.com/x"), HasSubstr("it is 'api.example.com/x'"));
  EXPECT_THAT(cause_of("https://u:s3cret@h/x"), HasSubstr("it is '***@h/x'"));
  EXPECT_LT(cause_of(std::string(100'000, 'x').c_str()).size(), 400u);
}

TEST(Calls, TakeQueriesInEveryForm) {
  for (const char* query :
       {R"("a=1&b=x y")", R"("?a=1&b=x%20y")", R"({"a":1,"b":"x y"})", R"(["a=1",{"b":"x y"}])"}) {
    const OrFailure<Call> call = Parse(absl::StrCat(R"(,"QueryParameters":)", query));
    ASSERT_TRUE(call.ok()) << query;
    EXPECT_EQ(EncodePairs(call->query), "a=1&b=x%20y") << query;
  }
}

TEST(Connections, AreNamedByTheirArn) {
  EXPECT_EQ(ConnectionName("arn:aws:events:us-east-2:1:connection/Stripe/81210c42"), "Stripe");
  EXPECT_EQ(ConnectionName("Stripe"), "Stripe");
  EXPECT_EQ(ConnectionName("arn:aws:events:us-east-2:1:rule/x"), "");
}

TEST(Connections, SayWhatIsWrongWithoutValues) {
  for (
      const char* json :
      {"", "[]", R"({"AuthorizationType":"hidden"})", R"({"AuthorizationType":"BASIC"})",
       R"({"AuthorizationType":"API_KEY","AuthParameters":{"ApiKeyAuthParameters":
           {"ApiKeyValue":"hidden"}}})",
       R"({"AuthorizationType":"OAUTH_CLIENT_CREDENTIALS","AuthParameters":{"OAuthParameters":
           {"AuthorizationEndpoint":"https://x","ClientParameters":{"ClientID":"hidden"}}}})",
       R"({"AuthParameters":{"InvocationHttpParameters":{"HeaderParameters":[{"Value":"hidden"}]}}})",
       R"({"AllowedHosts":[]})"}) {
    const absl::StatusOr<Connection> connection = ParseConnection(json);
    ASSERT_FALSE(connection.ok()) << json;
    EXPECT_THAT(std::string(connection.status().message()), Not(HasSubstr("hidden")));
  }
}

TEST(Connections, ComeFromAFolderOrTheEnvironment) {
  const std::string text = R"({"AuthorizationType":"BASIC","AuthParameters":
      {"BasicAuthParameters":{"Username":"u","Password":"password"}}})";
  std::string name = (std::filesystem::temp_directory_path() / "pawl-http-XXXXXX").string();
  const std::string folder = mkdtemp(name.data());
  std::ofstream(folder + "/my-api.json") << text;
  std::ofstream(folder + "/broken.json") << "{";
  auto files = ConnectionsInFolder(folder);
  EXPECT_EQ(files->Find("my-api")->username, "u");
  EXPECT_EQ(files->Find("broken").failure().error,
            "Events.ConnectionResource.InvalidConnectionState");
  for (const char* bad : {"none", "", "../my-api", ".hidden", "a/b"}) {
    EXPECT_EQ(files->Find(bad).failure().error, "Events.ConnectionResource.ResourceNotFound");
  }
  std::filesystem::remove_all(folder);
  auto variables = ConnectionsInEnvironment({{"PAWL_CONNECTION_MY_API", text}, {"MY_API", "x"}});
  EXPECT_EQ(variables->Find("my-api")->password, "password");
  EXPECT_FALSE(variables->Find("other").ok());
}

}  // namespace
}  // namespace pawl::http_task
