#include "engine/objects/item_reader.h"

#include <zlib.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/objects/memory_store.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr size_t kAll = 1'000'000;

ReaderSpec Spec(ReaderSpec::Format format) {
  ReaderSpec spec;
  spec.format = format;
  spec.bucket = "b";
  spec.key = "k";
  return spec;
}

struct Outcome {
  std::vector<std::string> items;  // as JSON text
  std::string error, cause;
};

// Reads everything, `max_items` at a time; with `reopen`, each chunk by a reader of its own.
Outcome ReadEverything(ObjectStore* store, const ReaderSpec& spec, size_t max_items = kAll,
                       bool reopen = false, size_t max_bytes = kAll) {
  Outcome outcome;
  std::string cursor;
  std::unique_ptr<ItemReader> reader;
  for (bool is_end = false; !is_end;) {
    if (reader == nullptr || reopen) {
      auto opened = OpenItemReader(store, spec, cursor);
      if (!opened.ok()) {
        outcome.error = opened.failure().error;
        outcome.cause = opened.failure().cause.value_or("");
        return outcome;
      }
      reader = std::move(opened).value();
    }
    OrFailure<ItemChunk> chunk = reader->Next(max_items, max_bytes);
    if (!chunk.ok()) {
      outcome.error = chunk.failure().error;
      outcome.cause = chunk.failure().cause.value_or("");
      return outcome;
    }
    EXPECT_LE(chunk->items.size(), max_items);
    EXPECT_TRUE(chunk->is_end || !chunk->items.empty());
    for (const Value& item : chunk->items) outcome.items.push_back(ToJson(item));
    cursor = chunk->cursor;
    is_end = chunk->is_end;
  }
  return outcome;
}

Outcome ReadText(absl::string_view body, const ReaderSpec& spec) {
  MemoryStore store;
  store.Put("b", "k", body);
  return ReadEverything(&store, spec);
}

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

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

// ---- Lists and manifests

TEST(ListReader, GivesWhatListObjectsV2Gives) {
  MemoryStore store(absl::FromUnixSeconds(1668699881));
  for (int i = 0; i < 5; ++i) store.Put("b", absl::StrCat("p/", i), "12");
  store.Put("b", "q", "1");
  ReaderSpec spec;
  spec.kind = ReaderSpec::Kind::kList;
  spec.bucket = "b";
  spec.prefix = "p/";
  const Outcome outcome = ReadEverything(&store, spec, 2, true);
  ASSERT_EQ(outcome.items.size(), 5u);
  EXPECT_EQ(outcome.items[0], R"({"Etag":"\"1\"","Key":"p/0","LastModified":1.668699881E9,)"
                              R"("Size":2,"StorageClass":"STANDARD"})");
  EXPECT_THAT(outcome.items[4], HasSubstr(R"("Key":"p/4")"));
  spec.prefix = "none/";
  EXPECT_THAT(ReadEverything(&store, spec).items, IsEmpty());
  spec.bucket = "missing";
  const Outcome missing = ReadEverything(&store, spec);
  EXPECT_EQ(missing.error, "States.ItemReaderFailed");
  EXPECT_THAT(missing.cause, StartsWith("The specified bucket does not exist"));
}

TEST(FlattenedListReader, ReadsEachObject) {
  MemoryStore store;
  store.Put("b", "p/", "");
  store.Put("b", "p/1.csv", "x\n1\n2\n");
  store.Put("b", "p/2.csv", "x\n");
  store.Put("b", "p/3.csv.gz", Gzip("x\n3\n4\n"));
  ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
  spec.kind = ReaderSpec::Kind::kFlattenedList;
  spec.prefix = "p/";
  for (const bool reopen : {false, true}) {
    EXPECT_THAT(ReadEverything(&store, spec, 1, reopen).items,
                ElementsAre(R"({"x":"1"})", R"({"x":"2"})", R"({"x":"3"})", R"({"x":"4"})"));
  }
}

TEST(InventoryReader, ReadsTheFilesOfTheManifest) {
  MemoryStore store;
  store.Put("inv", "data/1.csv.gz",
            Gzip("\"src\",\"csv/\",\"0\",\"2022-11-16T00:27:19.000Z\"\n"
                 "\"src\",\"csv/titles.csv\",\"3399671\",\"2022-11-16T00:29:32.000Z\"\n"));
  store.Put("inv", "data/2.csv.gz", Gzip("\"src\",\"x\",\"1\",\"t\"\n"));
  store.Put("b", "k", R"({"destinationBucket":"arn:aws:s3:::inv","fileFormat":"CSV",
      "fileSchema":"Bucket, Key, Size, LastModifiedDate",
      "files":[{"key":"data/1.csv.gz","size":1},{"key":"data/2.csv.gz"}]})");
  ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
  spec.kind = ReaderSpec::Kind::kInventoryManifest;
  const Outcome outcome = ReadEverything(&store, spec, 1, true);
  ASSERT_EQ(outcome.items.size(), 3u) << outcome.cause;
  EXPECT_EQ(outcome.items[1], R"({"Bucket":"src","Key":"csv/titles.csv","Size":"3399671",)"
                              R"("LastModifiedDate":"2022-11-16T00:29:32.000Z"})");
  for (const char* manifest : {"[]", "{", R"({"fileFormat":"ORC","files":[]})",
                               R"({"fileSchema":"Key","files":[{}]})", R"({"files":[]})"}) {
    store.Put("b", "k", manifest);
    EXPECT_THAT(ReadEverything(&store, spec).cause,
                StartsWith("The S3 inventory manifest is not valid"))
        << manifest;
  }
}

TEST(AthenaReader, ReadsTheFilesOfTheManifest) {
  MemoryStore store;
  store.Put("out", "d/1", "{\"a\":1}\n");
  store.Put("out", "d/2", "{\"a\":2}\n{\"a\":3}\n");
  store.Put("b", "k", "s3://out/d/1\n\"s3://out/d/2\"\n");
  ReaderSpec spec = Spec(ReaderSpec::Format::kJsonl);
  spec.kind = ReaderSpec::Kind::kAthenaManifest;
  EXPECT_THAT(ReadEverything(&store, spec, 1, true).items,
              ElementsAre(R"({"a":1})", R"({"a":2})", R"({"a":3})"));
  store.Put("b", "k", "http://out/d/1\n");
  EXPECT_THAT(ReadEverything(&store, spec).cause, HasSubstr("no s3:// URI"));
}

// ---- All

// Recorded: map_item_reader_csv_max_items_*.
TEST(ItemReader, StopsAtMaxItems) {
  const char* body = "Col1\n1\n2\n3\n";
  struct Case {
    int64_t max_items;
    size_t count;
  };
  for (const Case& c : {Case{0, 3}, Case{2, 2}, Case{3, 3}, Case{100000001, 3}}) {
    ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
    spec.max_items = c.max_items;
    MemoryStore store;
    store.Put("b", "k", body);
    EXPECT_EQ(ReadEverything(&store, spec).items.size(), c.count);
    EXPECT_EQ(ReadEverything(&store, spec, 1, true).items.size(), c.count);
  }
  ReaderSpec spec = Spec(ReaderSpec::Format::kCsv);
  spec.max_items = -1;
  const Outcome outcome = ReadText(body, spec);
  EXPECT_EQ(outcome.error, "States.ItemReaderFailed");
  EXPECT_EQ(outcome.cause, "field MaxItems must be positive");
}

TEST(ItemReader, SaysWhatTheStoreSays) {
  MemoryStore store;
  store.CreateBucket("b");
  EXPECT_THAT(ReadEverything(&store, Spec(ReaderSpec::Format::kJson)).cause,
              StartsWith("The specified key does not exist."));
  store.Put("b", "k", "[1,2,3]");
  store.FailReads(absl::UnavailableError("gone"), 3);
  auto reader = OpenItemReader(&store, Spec(ReaderSpec::Format::kJson), "");
  ASSERT_TRUE(reader.ok());
  OrFailure<ItemChunk> chunk = reader.value()->Next(10, kAll);
  ASSERT_FALSE(chunk.ok());
  EXPECT_EQ(chunk.failure().error, "States.ItemReaderFailed");
  EXPECT_TRUE(absl::IsUnavailable(reader.value()->status()));
}

TEST(ItemReader, NoticesThatTheObjectWasReplaced) {
  MemoryStore store;
  store.Put("b", "k", "[1,2,3]");
  auto reader = OpenItemReader(&store, Spec(ReaderSpec::Format::kJson), "");
  ASSERT_TRUE(reader.ok());
  const std::string cursor = reader.value()->Next(1, kAll)->cursor;
  store.Put("b", "k", "[1,5,3]");
  auto again = OpenItemReader(&store, Spec(ReaderSpec::Format::kJson), cursor);
  ASSERT_TRUE(again.ok());
  OrFailure<ItemChunk> chunk = again.value()->Next(1, kAll);
  ASSERT_FALSE(chunk.ok());
  EXPECT_THAT(chunk.failure().cause.value_or(""), HasSubstr("was replaced"));
}

TEST(ItemReader, RefusesCursorsThatAreNone) {
  MemoryStore store;
  for (const char* cursor : {"x", "{}", "[]", R"({"v":2})", R"({"v":1,"n":-1})"}) {
    EXPECT_FALSE(OpenItemReader(&store, Spec(ReaderSpec::Format::kJson), cursor).ok());
  }
}

TEST(ItemReader, GivesTheSameItemsHoweverItIsReadAndResumed) {
  std::mt19937 random(20240501);  // NOLINT: the same items every time
  std::string json = "[";
  std::string jsonl;
  std::string csv = "a,b\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string text(random() % 200, static_cast<char>('a' + i % 26));
    const std::string item = absl::StrCat("{\"a\":\"", i, "\",\"b\":\"", text, "\"}");
    expected.push_back(item);
    absl::StrAppend(&json, i == 0 ? "" : " ,\n", item);
    absl::StrAppend(&jsonl, item, "\n");
    absl::StrAppend(&csv, i, ",\"", text, "\"\r\n");
  }
  json += "]";
  MemoryStore store;
  for (const bool is_compressed : {false, true}) {
    const std::string key = is_compressed ? "k.gz" : "k";
    const std::vector<std::pair<ReaderSpec::Format, std::string>> bodies = {
        {ReaderSpec::Format::kJson, json},
        {ReaderSpec::Format::kJsonl, jsonl},
        {ReaderSpec::Format::kCsv, csv}};
    for (const auto& [format, body] : bodies) {
      store.Put("b", key, is_compressed ? Gzip(body) : body);
      ReaderSpec spec = Spec(format);
      spec.key = key;
      EXPECT_EQ(ReadEverything(&store, spec).items, expected);
      EXPECT_EQ(ReadEverything(&store, spec, 7).items, expected);
      EXPECT_EQ(ReadEverything(&store, spec, 97, true).items, expected);
      EXPECT_EQ(ReadEverything(&store, spec, kAll, true, 5000).items, expected);
    }
  }
}

}  // namespace
}  // namespace pawl::objects
