#include "engine/objects/item_reader.h"

#include <zlib.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/objects/item_reader_test_util.h"
#include "gmock/gmock.h"

namespace pawl::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

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
