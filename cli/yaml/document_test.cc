#include "cli/yaml/document.h"

#include <gmock/gmock.h>

#include "engine/asl/lint.h"
#include "engine/value/json.h"

namespace pawl {
namespace {

using ::testing::HasSubstr;

TEST(Documents, AreYamlByTheirEndingOrTheirText) {
  EXPECT_TRUE(IsYaml("a.yaml", "{}"));
  EXPECT_TRUE(IsYaml("a.asl.yml", "StartAt: A"));
  EXPECT_FALSE(IsYaml("a.json", "StartAt: A"));
  EXPECT_FALSE(IsYaml("a.asl", "StartAt: A"));
  EXPECT_FALSE(IsYaml("-", " \n{\"StartAt\":"));
  EXPECT_TRUE(IsYaml("-", "StartAt: A"));
  EXPECT_FALSE(IsYaml("-", ""));
  EXPECT_TRUE(IsYaml("app.template", "Resources: {}"));
}

TEST(Documents, KnowTheirPlacesInEitherForm) {
  const auto json = Document::Parse("a.json", "{\n  \"ä\": {\"x/y\": 7}}");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->Where("/ä/x~1y"), "a.json:2:17");
  const auto yaml = Document::Parse("a.yaml", "ä: {x/y: 7}\nb: [1, 2]\n");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  EXPECT_EQ(yaml->Where("/ä/x~1y"), "a.yaml:1:11") << "bytes, as in JSON";
  EXPECT_EQ(yaml->Where("/b/1"), "a.yaml:2:8");
}

TEST(Documents, NameTheFileThatCannotBeRead) {
  EXPECT_THAT(std::string(Document::Parse("a.json", "{").status().message()),
              HasSubstr("a.json: "));
  EXPECT_THAT(std::string(Document::Parse("a.yaml", "a: [").status().message()),
              HasSubstr("a.yaml: invalid YAML at line 2, column 1"));
}

TEST(Definitions, PointAtTheLinesOfTheYaml) {
  const auto definition = Definition::Parse(
      "order.asl.yaml", "StartAt: Pay\nStates:\n  Pay:\n    Type: Pass\n    Next: Nowhere\n");
  ASSERT_TRUE(definition.ok()) << definition.status();
  auto diagnostics = asl::Validate(definition->json(), {});
  ASSERT_FALSE(diagnostics.empty());
  definition->Place(&diagnostics);
  EXPECT_EQ(diagnostics[0].pointer, "/States/Pay/Next");
  EXPECT_EQ(diagnostics[0].line, 5);
  EXPECT_EQ(diagnostics[0].column, 11);
}

TEST(Definitions, OfJsonStayAsTheyAre) {
  const auto definition = Definition::Parse("order.asl.json", "{ \"a\" : broken");
  ASSERT_TRUE(definition.ok());
  EXPECT_EQ(definition->json(), "{ \"a\" : broken");
  EXPECT_FALSE(definition->Locate("/a").has_value());
}

}  // namespace
}  // namespace pawl
