#include "cli/yaml/yaml.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl {
namespace {

using ::testing::HasSubstr;

std::string Read(const std::string& text, const YamlOptions& options = {}) {
  const absl::StatusOr<YamlDocument> document = ParseYaml(text, options);
  return document.ok() ? ToJson(document->value) : std::string(document.status().message());
}

YamlOptions WithTags() {
  YamlOptions options;
  options.has_cloudformation_tags = true;
  return options;
}

TEST(Yaml, ReadsScalarsByTheCoreSchema) {
  const struct {
    const char* text;
    const char* json;
  } cases[] = {
      {"yes", R"("yes")"},
      {"No", R"("No")"},
      {"on", R"("on")"},
      {"true", "true"},
      {"False", "false"},
      {"null", "null"},
      {"~", "null"},
      {"[a, ]", R"(["a"])"},
      {"{a: }", R"({"a":null})"},
      {"7", "7"},
      {"+7", "7"},
      {"-7", "-7"},
      {"1.50", "1.50"},
      {".5", "0.5"},
      {"-.5e3", "-0.5e3"},
      {"5.", "5.0"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {"012345678901", R"("012345678901")"},
      {"00", R"("00")"},
      {"1_000", R"("1_000")"},
      {"2026-11-22", R"("2026-11-22")"},
      {"2026-11-22T10:00:00Z", R"("2026-11-22T10:00:00Z")"},
      {"10:30", R"("10:30")"},
      {"1.2.3", R"("1.2.3")"},
      {"1e", R"("1e")"},
      {".", R"(".")"},
      {"-", R"([null])"},
      {"'7'", R"("7")"},
      {"\"\\u00e4\"", R"("ä")"},
      {"!!str 7", R"("7")"},
      {"!!int 7", "7"},
      {"! 7", R"("7")"},
      {"|\n a\n b\n", R"("a\nb\n")"},
      {">-\n a\n b\n", R"("a b")"},
  };
  for (const auto& [text, json] : cases) EXPECT_EQ(Read(text), json) << text;
}

TEST(Yaml, KeepsKeysAsTheyAreWrittenAndInTheirOrder) {
  EXPECT_EQ(Read("b: 1\n8080: 2\ntrue: 3\nyes: 4\na: 5\n"),
            R"({"b":1,"8080":2,"true":3,"yes":4,"a":5})");
}

TEST(Yaml, FollowsAliasesAndMergeKeys) {
  EXPECT_EQ(Read("a: &x [1, 2]\nb: *x\n"), R"({"a":[1,2],"b":[1,2]})");
  EXPECT_EQ(Read("base: &b {x: 1, y: 2}\nc:\n  x: 9\n  <<: *b\nd:\n  <<: *b\n  y: 8\n"),
            R"({"base":{"x":1,"y":2},"c":{"x":9,"y":2},"d":{"x":1,"y":8}})");
  EXPECT_EQ(Read("- &a {x: 1}\n- &b {x: 2, z: 3}\n- <<: [*a, *b]\n"),
            R"([{"x":1},{"x":2,"z":3},{"x":1,"z":3}])");
  EXPECT_EQ(Read("'<<': 1"), R"({"<<":1})");
}

TEST(Yaml, ExpandsTheShortTagsOfCloudFormation) {
  const struct {
    const char* text;
    const char* json;
  } cases[] = {
      {"!Ref Table", R"({"Ref":"Table"})"},
      {"!Ref 007", R"({"Ref":"007"})"},
      {"!Condition IsProd", R"({"Condition":"IsProd"})"},
      {"!GetAtt Pay.Arn", R"({"Fn::GetAtt":["Pay","Arn"]})"},
      {"!GetAtt Nested.Outputs.X", R"({"Fn::GetAtt":["Nested","Outputs.X"]})"},
      {"!GetAtt [Pay, Arn]", R"({"Fn::GetAtt":["Pay","Arn"]})"},
      {"!Sub '${A}-b'", R"({"Fn::Sub":"${A}-b"})"},
      {"!Sub [\"${A}\", {A: !Ref B}]", R"({"Fn::Sub":["${A}",{"A":{"Ref":"B"}}]})"},
      {"!Join [\"\", [a, !Ref B]]", R"({"Fn::Join":["",["a",{"Ref":"B"}]]})"},
      {"!If [C, 1, !Ref AWS::NoValue]", R"({"Fn::If":["C",1,{"Ref":"AWS::NoValue"}]})"},
      {"!FindInMap [M, a, b]", R"({"Fn::FindInMap":["M","a","b"]})"},
      {"!Base64 x", R"({"Fn::Base64":"x"})"},
      {"!Not [!Equals [a, b]]", R"({"Fn::Not":[{"Fn::Equals":["a","b"]}]})"},
  };
  for (const auto& [text, json] : cases) EXPECT_EQ(Read(text, WithTags()), json) << text;
  EXPECT_THAT(Read("a: !Ref b"), HasSubstr("the tag !Ref has a meaning in templates only"));
  EXPECT_THAT(Read("a: !Reff b", WithTags()), HasSubstr("line 1, column 4: CloudFormation has no"));
  EXPECT_THAT(Read("!GetAtt Pay", WithTags()), HasSubstr("!GetAtt Pay.Arn"));
}

TEST(Yaml, NamesThePlaceOfWhatItRefuses) {
  const struct {
    const char* text;
    const char* problem;
  } cases[] = {
      {"a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' occurs twice; it stands at line 1"},
      {"a: 1\n---\nb: 2\n", "line 2, column 1: a second document begins here"},
      {"a: *b\n", "line 1, column 4: *b stands for nothing"},
      {"a: &a [*a]\n", "line 1, column 8: *a stands for nothing"},
      {"? [a]\n: 1\n", "line 1, column 3: a key must be a text"},
      {"? {a: b}\n: 1\n", "a key must be a text"},
      {"a: .inf\n", "line 1, column 4: .inf is a number that JSON does not have"},
      {"a:\n\t- b\n", "line 2, column 1: found character that cannot start any token"},
      {"a: [1, 2\n", "line 2"},
      {"a: b: c\n", "mapping values are not allowed"},
      {"a: !!binary aGk=\n", "the tag !!binary has no meaning in JSON"},
      {"a: !!int x\n", "stands before a value of another type"},
      {"a: !!set {b, c}\n", "has no meaning in JSON"},
      {"<<: 7\n", "line 1, column 5: << takes a mapping"},
      {"", "the text is empty"},
      {"# nothing\n", "the text is empty"},
      {"a: \"\x01\"\n", "control characters are not allowed"},
      {"a: \xff\n", "the text must be UTF-8"},
  };
  for (const auto& [text, problem] : cases) EXPECT_THAT(Read(text), HasSubstr(problem)) << text;
}

TEST(Yaml, KnowsWhereValuesStand) {
  const auto document = ParseYaml(
      "States:\n  Pay:\n    Next: Ship\n    Retry:\n      - {MaxAttempts: 3}\n"
      "    Arn: !GetAtt Pay.Arn\n",
      WithTags());
  ASSERT_TRUE(document.ok()) << document.status();
  const auto where = [&](const std::vector<std::string>& path) {
    const YamlPlace& place = LocateYaml(*document, path);
    return absl::StrCat(place.line, ":", place.column);
  };
  EXPECT_EQ(where({}), "1:1");
  EXPECT_EQ(where({"States", "Pay", "Next"}), "3:11");
  EXPECT_EQ(where({"States", "Pay", "Retry", "0", "MaxAttempts"}), "5:23");
  EXPECT_EQ(where({"States", "Pay", "Gone", "x"}), "3:5");
  EXPECT_EQ(where({"States", "Pay", "Retry", "7"}), "5:7");
  EXPECT_EQ(where({"States", "Pay", "Arn", "Fn::GetAtt", "1"}), "6:10");
}

TEST(Yaml, RewritesScalarsBeforeTheyAreRead) {
  YamlOptions options;
  options.rewrite = [](absl::string_view text) -> absl::StatusOr<std::string> {
    if (text == "${bad}") return absl::InvalidArgumentError("nothing is known of ${bad}");
    return text == "${n}" ? std::string("10") : std::string(text);
  };
  EXPECT_EQ(Read("a: ${n}\nb: '${n}'\nc: n\n", options), R"({"a":10,"b":"10","c":"n"})");
  EXPECT_THAT(Read("a: 1\nb: ${bad}\n", options), HasSubstr("line 2, column 4: nothing is known"));
}

TEST(Yaml, EndsAtItsLimits) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int k = 0; k < 10; ++k) absl::StrAppend(&bomb, k == 0 ? "" : ", ", "*a", i - 1);
    bomb += "]\n";
  }
  EXPECT_THAT(Read(bomb), HasSubstr("the aliases stand for more than 500000 values"));
  for (const char* deep : {"[", "{a: ", "- ", "!Sub [", "? "}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += deep;
    EXPECT_FALSE(ParseYaml(text, WithTags()).ok()) << deep;
  }
  EXPECT_THAT(Read(std::string(10'000, '[')), HasSubstr("nested more than 200 deep"));
  std::string nested = "a0: &a0 [x]\n";
  for (int i = 1; i < 250; ++i) absl::StrAppend(&nested, "a", i, ": &a", i, " [*a", i - 1, "]\n");
  EXPECT_THAT(Read(nested), HasSubstr("nested more than 200 deep"));
  std::string large;
  large.resize(100'000'000, 'x');
  EXPECT_THAT(Read(large), HasSubstr("more than 16777216"));
  std::string many = "[";
  for (int i = 0; i < 600'000; ++i) many += "1,";
  EXPECT_THAT(Read(many + "1]"), HasSubstr("more than 500000 values"));
}

}  // namespace
}  // namespace pawl
