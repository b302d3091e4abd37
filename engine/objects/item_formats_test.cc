// CSV, JSON and JSON Lines.
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/objects/item_reader_test_util.h"
#include "gmock/gmock.h"

namespace pawl::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// ---- CSV

// Recorded: map_item_reader_base_csv_headers_first_line.
TEST(CsvReader, ReadsRowsAsRecordedOnAws) {
  const Outcome outcome =
      ReadText("Col1,Col2,Col3\nValue1,Value2,Value3\n,,,\ntrue,1,'HelloWorld'\nNull,None,\n   \n",
               Spec(ReaderSpec::Format::kCsv));
  EXPECT_THAT(outcome.items, ElementsAre(R"({"Col1":"Value1","Col2":"Value2","Col3":"Value3"})",
                                         R"({"Col1":"","Col2":"","Col3":""})",
                                         R"({"Col1":"true","Col2":"1","Col3":"'HelloWorld'"})",
                                         R"({"Col1":"Null","Col2":"None","Col3":""})",
                                         R"({"Col1":"   ","Col2":"","Col3":""})"));
}

TEST(CsvReader, TakesQuotesNewlinesAndEscapesAsDocumented) {
  struct Case {
    const char* row;
    const char* item;
  };
  const Case cases[] = {
      {"\"a,b\",c", R"({"x":"a,b","y":"c"})"},
      {"\"line\r\nbreak\",c", R"({"x":"line\r\nbreak","y":"c"})"},
      {"\"say \"\"hi\"\"\",c", R"({"x":"say \"hi\"","y":"c"})"},
      {"C:\\\\Files,1", R"({"x":"C:\\Files","y":"1"})"},
      {"a\\,b,c", R"({"x":"a,b","y":"c"})"},
      {"a\\nb,\"\\\"\"", R"({"x":"anb","y":"\""})"},
      {"a\"b,c", R"({"x":"a\"b","y":"c"})"},
      {"\"a\"b,c", R"({"x":"ab","y":"c"})"},
      {"1,2,3,4", R"({"x":"1","y":"2"})"},
      {"1", R"({"x":"1","y":""})"},
      {"", R"({"x":"","y":""})"},
      {"\xff,c", "{\"x\":\"\xEF\xBF\xBD\",\"y\":\"c\"}"},
  };
  for (const Case& c : cases) {
    for (const char* newline : {"\n", "\r\n", "\r"}) {
      const Outcome outcome =
          ReadText(absl::StrCat("\xEF\xBB\xBFx,y", newline, c.row, newline, "last,1"),
                   Spec(ReaderSpec::Format::kCsv));
      EXPECT_THAT(outcome.items, ElementsAre(c.item, R"({"x":"last","y":"1"})")) << c.row;
    }
  }
}

TEST(CsvReader, TakesGivenHeadersAndDelimiters) {
  ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
  spec.csv_header_location = ReaderSpec::HeaderLocation::kGiven;
  spec.csv_headers = {"H1", "H2"};
  for (const char* name : {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"}) {
    spec.csv_delimiter = CsvDelimiter(name).value();
    EXPECT_THAT(ReadText(absl::StrCat("a", std::string(1, spec.csv_delimiter), "b"), spec).items,
                ElementsAre(R"({"H1":"a","H2":"b"})"));
  }
  EXPECT_FALSE(CsvDelimiter(",").has_value());
}

// Recorded: map_item_reader_csv_headers_decl_duplicate_headers.
TEST(CsvReader, RefusesDuplicateHeaders) {
  ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
  Outcome outcome = ReadText("a,b,a\n1,2,3\n", spec);
  EXPECT_EQ(outcome.error, "States.ItemReaderFailed");
  EXPECT_EQ(outcome.cause, "CSV headers cannot contain duplicates.");
  spec.csv_header_location = ReaderSpec::HeaderLocation::kGiven;
  spec.csv_headers = {"H1", "H1", "H3"};
  outcome = ReadText("1,2,3\n", spec);
  EXPECT_EQ(outcome.error, "States.ItemReaderFailed");
  EXPECT_EQ(outcome.cause, "CSV headers cannot contain duplicates.");
}

TEST(CsvReader, HasNoItemsWithoutRows) {
  EXPECT_THAT(ReadText("", Spec(ReaderSpec::Format::kCsv)).items, IsEmpty());
  EXPECT_THAT(ReadText("a,b\n", Spec(ReaderSpec::Format::kCsv)).items, IsEmpty());
}

// ---- JSON

TEST(JsonReader, GivesTheElementsOfAnArray) {
  EXPECT_THAT(ReadText(" [ {\"a\":\"]},\\\"[\"} , [1,[2]],3.50,\"x\\\\\",null,true ] ",
                       Spec(ReaderSpec::Format::kJson))
                  .items,
              ElementsAre(R"({"a":"]},\"["})", "[1,[2]]", "3.50", R"("x\\")", "null", "true"));
  EXPECT_THAT(ReadText("[]", Spec(ReaderSpec::Format::kJson)).items, IsEmpty());
}

TEST(JsonReader, GivesTheMembersOfAnObjectKeyed) {
  MemoryStore store;
  store.Put("b", "k", R"({"a":1,"b\n":{"c":[]}})");
  auto reader = OpenItemReader(&store, Spec(ReaderSpec::Format::kJson), "");
  ASSERT_TRUE(reader.ok());
  OrFailure<ItemChunk> chunk = reader.value()->Next(10, kAll);
  ASSERT_TRUE(chunk.ok());
  EXPECT_TRUE(chunk->is_keyed);
  EXPECT_TRUE(chunk->is_end);
  EXPECT_EQ(chunk->source, "S3://b/k");
  ASSERT_EQ(chunk->items.size(), 2u);
  EXPECT_EQ(ToJson(chunk->items[0]), R"({"Key":"a","Value":1})");
  EXPECT_EQ(ToJson(chunk->items[1]), R"({"Key":"b\n","Value":{"c":[]}})");
}

TEST(JsonReader, FollowsTheItemsPointer) {
  ReaderSpec spec = Spec(ReaderSpec::Format::kJson);
  const char* document =
      R"({"skip":[{"x":"}"}],"a/b":{"m~n":[7,[1,2],{"z":3}]},"scalar":1,"empty":{},"tail":[)";
  struct Case {
    const char* pointer;
    std::vector<std::string> items;
  };
  const Case cases[] = {{"/a~1b/m~0n", {"7", "[1,2]", R"({"z":3})"}},
                        {"/a~1b/m~0n/1", {"1", "2"}},
                        {"/a~1b/m~0n/2", {R"({"Key":"z","Value":3})"}},
                        {"/empty", {}}};
  for (const Case& c : cases) {
    spec.items_pointer = c.pointer;
    EXPECT_EQ(ReadText(document, spec).items, c.items) << c.pointer;
  }
  for (const char* pointer :
       {"/none", "/a~1b/m~0n/3", "/a~1b/m~0n/01", "/a~1b/m~0n/-", "/scalar/x", "a", "/empty/x"}) {
    spec.items_pointer = pointer;
    const Outcome outcome = ReadText(R"({"a/b":{"m~n":[7,8,9]},"scalar":1,"empty":{}})", spec);
    EXPECT_EQ(outcome.cause,
              "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON "
              "structure.")
        << pointer;
  }
}

TEST(JsonReader, RefusesWhatIsNotIterable) {
  ReaderSpec spec = Spec(ReaderSpec::Format::kJson);
  for (const char* document : {"1", "\"text\"", "null", "true", "", "  "}) {
    const Outcome outcome = ReadText(document, spec);
    EXPECT_EQ(outcome.error, "States.ItemReaderFailed") << document;
    EXPECT_EQ(outcome.cause, "Attempting to map over non-iterable node.") << document;
  }
  spec.items_pointer = "/a";
  EXPECT_EQ(ReadText(R"({"a":1})", spec).cause, "Attempting to map over non-iterable node.");
}

TEST(JsonReader, RefusesBrokenDocuments) {
  for (const char* document :
       {"[1", "[1,]", "[1 2]", "[1,2]x", "[,1]", "[tru]", "[\"a]", "[{]", "[1}", "{\"a\"}",
        "{\"a\":}", "{1:2}", "{\"a\":1,}", "{\"a\":1", "[\"\\", "[{\"a\":[}]", "[\"\x01\"]"}) {
    const Outcome outcome = ReadText(document, Spec(ReaderSpec::Format::kJson));
    EXPECT_EQ(outcome.error, "States.ItemReaderFailed") << document;
    EXPECT_THAT(outcome.cause, HasSubstr("valid")) << document;
  }
}

TEST(JsonReader, LimitsAnItem) {
  ReaderSpec spec = Spec(ReaderSpec::Format::kJson);
  spec.max_item_bytes = 10;
  EXPECT_THAT(ReadText(R"(["12345678"])", spec).items, ElementsAre(R"("12345678")"));
  EXPECT_THAT(ReadText(R"(["123456789"])", spec).cause, HasSubstr("exceeds 10 bytes"));
  spec.format = ReaderSpec::Format::kJsonl;
  EXPECT_THAT(ReadText("\"123456789\"\n", spec).cause, HasSubstr("exceeds 10 bytes"));
  spec.format = ReaderSpec::Format::kCsv;
  EXPECT_THAT(ReadText("a\n12345678901\n", spec).cause, HasSubstr("exceeds 10 bytes"));
}

// ---- JSON Lines

TEST(JsonlReader, GivesALineEach) {
  EXPECT_THAT(ReadText("{\"a\":1}\r\n\n  \n[2]\n3", Spec(ReaderSpec::Format::kJsonl)).items,
              ElementsAre(R"({"a":1})", "[2]", "3"));
  EXPECT_THAT(ReadText("", Spec(ReaderSpec::Format::kJsonl)).items, IsEmpty());
  const Outcome outcome = ReadText("{}\n{\n", Spec(ReaderSpec::Format::kJsonl));
  EXPECT_THAT(outcome.cause, StartsWith("The line at byte 3 of the JSON Lines file is not valid"));
}

}  // namespace
}  // namespace pawl::objects
