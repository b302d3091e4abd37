#include "engine/objects/s3_store.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/objects/item_reader.h"
#include "engine/objects/s3/fake_s3.h"
#include "engine/objects/s3/xml.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::objects {
namespace {

using s3::FakeS3;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The examples of "Signature Calculations for the Authorization Header", Amazon S3 API Reference.
TEST(SigV4, SignsThePublishedExamples) {
  const s3::Credentials credentials = {"AKIAIOSFODNN7EXAMPLE",
                                       "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  const absl::Time time = absl::FromUnixSeconds(1369353600);  // 2013-05-24
  struct Case {
    s3::RequestToSign request;
    const char* signature;
  };
  std::vector<Case> cases;
  cases.push_back({{"GET", "/test.txt", {}, {{"range", "bytes=0-9"}}, s3::Sha256Hex("")},
                   "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"});
  cases.push_back(
      {{"PUT",
        "/test%24file.text",
        {},
        {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
        s3::Sha256Hex("Welcome to Amazon S3.")},
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"});
  cases.push_back({{"GET", "/", {{"lifecycle", ""}}, {}, s3::Sha256Hex("")},
                   "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"});
  cases.push_back({{"GET", "/", {{"max-keys", "2"}, {"prefix", "J"}}, {}, s3::Sha256Hex("")},
                   "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"});
  for (Case& c : cases) {
    c.request.headers["host"] = "examplebucket.s3.amazonaws.com";
    c.request.headers["x-amz-date"] = s3::AmzDate(time);
    c.request.headers["x-amz-content-sha256"] = c.request.payload_sha256;
    EXPECT_THAT(s3::Authorization(c.request, "us-east-1", "s3", credentials, time),
                HasSubstr(absl::StrCat("Signature=", c.signature)));
  }
}

TEST(Xml, ReadsElementsAndText) {
  const auto root = s3::ParseXml(
      "<?xml version='1.0'?><!-- x --><a:R q=\">\"><b>1 &lt;&#x41;&#66;</b><c/><b>2</b>"
      "<d><![CDATA[<raw>]]></d></a:R>\n");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->name, "R");
  EXPECT_EQ(root->children.size(), 4u);
  EXPECT_EQ(root->ChildText("b"), "1 <AB");
  EXPECT_EQ(root->ChildText("d"), "<raw>");
  EXPECT_EQ(root->ChildText("none"), "");
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string(""), std::string("x"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a/><b/>"), std::string("<a>&evil;</a>"), std::string("<a>&#xD800;</a>"),
        std::string("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"), std::string("<a b='></a>"),
        std::string("<a>&lt</a>"), std::string("<a><![CDATA[x</a>"), deep}) {
    EXPECT_FALSE(s3::ParseXml(text).ok()) << text;
  }
}

class S3StoreTest : public testing::Test {
 protected:
  S3StoreTest() {
    server_.Reset();
    server_.Put("bucket", "seed", "0123456789");
    store_ = Open([](S3Options*) {});
  }

  template <typename Change>
  std::unique_ptr<S3Store> Open(Change change) {
    S3Options options;
    options.endpoint = server_.endpoint();
    options.credentials = {FakeS3::kAccessKey, FakeS3::kSecretKey, ""};
    options.read_chunk_bytes = 4;
    options.part_bytes = 10;
    options.sleep = [this](absl::Duration pause) { pauses_.push_back(pause); };
    change(&options);
    auto store = S3Store::Open(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  std::string Read(const std::string& key, int64_t offset = 0) {
    auto reader = store_->Open("bucket", key, offset);
    if (!reader.ok()) return reader.status().ToString();
    std::string all;
    for (;;) {
      absl::StatusOr<std::string> more = (*reader)->Read(3);
      if (!more.ok()) return more.status().ToString();
      if (more->empty()) return all;
      all += *more;
    }
  }

  absl::Status Write(const std::string& key, const std::string& body) {
    auto writer = store_->Create("bucket", key);
    if (!writer.ok()) return writer.status();
    const absl::Status status = (*writer)->Append(body);
    return status.ok() ? (*writer)->Finish() : status;
  }

  static FakeS3& Server() {
    static FakeS3 server;  // one for all: it takes seconds to stop
    return server;
  }

  FakeS3& server_ = Server();
  std::unique_ptr<S3Store> store_;
  std::vector<absl::Duration> pauses_;
};

TEST_F(S3StoreTest, ReadsInRanges) {
  EXPECT_EQ(Read("seed"), "0123456789");
  EXPECT_EQ(Read("seed", 5), "56789");
  EXPECT_EQ(Read("seed", 10), "");
  EXPECT_EQ(Read("seed", 99), "");
  server_.Put("bucket", "empty", "");
  EXPECT_EQ(Read("empty"), "");
  server_.Put("bucket", "eight", "01234567");
  EXPECT_EQ(Read("eight"), "01234567");
}

TEST_F(S3StoreTest, WritesSmallObjectsAtOnceAndLargeOnesInParts) {
  for (size_t size : {0u, 9u, 10u, 11u, 20u, 35u}) {
    const std::string body(size, static_cast<char>('a' + size % 26));
    const std::string key = absl::StrCat("dir/odd key+&?%\xC3\xA4=", size);
    const absl::Status written = Write(key, body);
    ASSERT_TRUE(written.ok()) << written;
    EXPECT_EQ(server_.Get("bucket", key), body);
    EXPECT_EQ(Read(key), body);
    const absl::StatusOr<ObjectInfo> info = store_->Stat("bucket", key);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->size_bytes, static_cast<int64_t>(size));
    EXPECT_EQ(info->last_modified, absl::FromUnixSeconds(1665597000));
  }
  EXPECT_EQ(server_.open_uploads(), 0);
}

TEST_F(S3StoreTest, AbortsAnUploadThatIsDropped) {
  auto writer = store_->Create("bucket", "dropped");
  ASSERT_TRUE((*writer)->Append(std::string(25, 'x')).ok());
  EXPECT_EQ(server_.open_uploads(), 1);
  writer->reset();
  EXPECT_EQ(server_.open_uploads(), 0);
  EXPECT_EQ(server_.Get("bucket", "dropped"), "(none)");
}

TEST_F(S3StoreTest, ListsInPages) {
  for (const char* key : {"p/a b", "p/a+b", "p/\x01", "p/z&<"}) server_.Put("bucket", key, "12");
  std::vector<std::string> keys;
  for (bool is_truncated = true; is_truncated;) {
    const auto page = store_->List("bucket", "p/", keys.empty() ? "" : keys.back(), 3);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const ObjectInfo& object : page->objects) keys.push_back(object.key);
    EXPECT_EQ(page->objects[0].storage_class, "STANDARD_IA");
    EXPECT_EQ(page->objects[0].size_bytes, 2);
    EXPECT_EQ(absl::ToUnixMillis(page->objects[0].last_modified), 1665597000123);
    is_truncated = page->is_truncated;
  }
  EXPECT_THAT(keys, ElementsAre("p/\x01", "p/a b", "p/a+b", "p/z&<"));
}

TEST_F(S3StoreTest, TellsErrorsApart) {
  EXPECT_TRUE(IsNoSuchBucket(store_->Open("none", "x", 0).status()));
  EXPECT_TRUE(IsNoSuchBucket(store_->List("none", "", "", 1).status()));
  const absl::Status missing = store_->Open("bucket", "x", 0).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_FALSE(IsNoSuchBucket(missing));
  EXPECT_TRUE(absl::IsNotFound(store_->Stat("bucket", "x").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Open("a/b", "x", 0).status()));
  auto stranger = Open([](S3Options* options) { options->credentials.secret_access_key = "no"; });
  const absl::Status denied = stranger->Open("bucket", "seed", 0).status();
  EXPECT_TRUE(absl::IsPermissionDenied(denied));
  EXPECT_THAT(std::string(denied.message()), HasSubstr("SignatureDoesNotMatch"));
  EXPECT_THAT(std::string(denied.message()), Not(HasSubstr("AKIAFAKE")));
}

TEST_F(S3StoreTest, NoticesThatTheObjectWasReplaced) {
  auto reader = store_->Open("bucket", "seed", 0);
  ASSERT_TRUE(reader.ok());
  server_.Put("bucket", "seed", "another one");
  EXPECT_EQ((*reader)->Read(4).value(), "0123");
  EXPECT_TRUE(absl::IsFailedPrecondition((*reader)->Read(4).status()));
}

TEST_F(S3StoreTest, TriesAgainWithPausesThatDouble) {
  server_.Fault("", {503, 500, 429});
  EXPECT_EQ(Read("seed"), "0123456789");
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(200), absl::Milliseconds(400),
                                   absl::Milliseconds(800)));
  const int before = server_.requests();
  server_.Fault("", {503, 503, 503, 503, 503});
  EXPECT_TRUE(absl::IsUnavailable(store_->Stat("bucket", "seed").status()));
  EXPECT_EQ(server_.requests() - before, 4);
}

TEST_F(S3StoreTest, KnowsAnUploadThatWasCompletedWithoutAnAnswer) {
  auto writer = store_->Create("bucket", "big");
  ASSERT_TRUE((*writer)->Append(std::string(25, 'x')).ok());
  server_.Fault("POST", {0});
  EXPECT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ(server_.Get("bucket", "big"), std::string(25, 'x'));
}

TEST_F(S3StoreTest, IsUnavailableWithoutAServer) {
  auto store = Open([](S3Options* options) {
    options->endpoint = "http://127.0.0.1:1";
    options->max_attempts = 2;
  });
  EXPECT_TRUE(absl::IsUnavailable(store->Stat("bucket", "x").status()));
}

TEST_F(S3StoreTest, NeedsAnEndpointAndCredentials) {
  for (const char* endpoint :
       {"", "minio:9000", "ftp://x", "http://", "http://u:p@x", "http:///x"}) {
    S3Options options;
    options.endpoint = endpoint;
    options.credentials = {"a", "b", ""};
    EXPECT_TRUE(absl::IsInvalidArgument(S3Store::Open(options).status())) << endpoint;
  }
  S3Options options;
  options.endpoint = "https://x";
  EXPECT_TRUE(absl::IsInvalidArgument(S3Store::Open(options).status()));
}

TEST_F(S3StoreTest, ServesAnItemReader) {
  server_.Put("bucket", "items.json", R"([{"a":1},{"a":2},{"a":3}])");
  ReaderSpec spec;
  spec.bucket = "bucket";
  spec.key = "items.json";
  std::string cursor;
  for (size_t i = 0; i < 3; ++i) {
    auto reader = OpenItemReader(store_.get(), spec, cursor);
    ASSERT_TRUE(reader.ok());
    OrFailure<ItemChunk> chunk = reader.value()->Next(1, 1000);
    ASSERT_TRUE(chunk.ok());
    ASSERT_EQ(chunk->items.size(), 1u);
    cursor = chunk->cursor;
  }
}

}  // namespace
}  // namespace pawl::objects
