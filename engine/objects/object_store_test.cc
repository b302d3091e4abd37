// What every ObjectStore does, run against the local ones; and what is special to each.
#include "engine/objects/object_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/objects/folder_store.h"
#include "engine/objects/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::objects {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "pawl-objects-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

absl::Status Write(ObjectStore* store, absl::string_view bucket, absl::string_view key,
                   absl::string_view body) {
  auto writer = store->Create(bucket, key);
  if (!writer.ok()) return writer.status();
  for (char c : body) {
    const absl::Status status = (*writer)->Append(absl::string_view(&c, 1));
    if (!status.ok()) return status;
  }
  return (*writer)->Finish();
}

std::string Read(ObjectStore* store, absl::string_view bucket, absl::string_view key,
                 int64_t offset = 0) {
  auto reader = store->Open(bucket, key, offset);
  if (!reader.ok()) return reader.status().ToString();
  std::string all;
  for (;;) {
    absl::StatusOr<std::string> more = (*reader)->Read(3);
    if (!more.ok()) return more.status().ToString();
    if (more->empty()) return all;
    all += *more;
  }
}

std::vector<std::string> Keys(const absl::StatusOr<ListPage>& page) {
  std::vector<std::string> keys;
  if (!page.ok()) return {page.status().ToString()};
  for (const ObjectInfo& object : page->objects) keys.push_back(object.key);
  return keys;
}

class StoreContract : public testing::TestWithParam<bool> {
 protected:
  StoreContract() {
    if (GetParam()) {
      fs::create_directory(folder_.path() / "b");
      store_ = *FolderStore::Open(folder_.path().string());
    } else {
      auto memory = std::make_unique<MemoryStore>();
      memory->CreateBucket("b");
      store_ = std::move(memory);
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<ObjectStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::Values(false, true),
                         [](const auto& is_folder) {
                           return std::string(is_folder.param ? "Folder" : "Memory");
                         });

TEST_P(StoreContract, GivesBackWhatWasWritten) {
  ASSERT_TRUE(Write(store_.get(), "b", "x/y/z.txt", "0123456789").ok());
  EXPECT_EQ(Read(store_.get(), "b", "x/y/z.txt"), "0123456789");
  EXPECT_EQ(Read(store_.get(), "b", "x/y/z.txt", 4), "456789");
  EXPECT_EQ(Read(store_.get(), "b", "x/y/z.txt", 10), "");
  EXPECT_EQ(Read(store_.get(), "b", "x/y/z.txt", 99), "");
  const absl::StatusOr<ObjectInfo> info = store_->Stat("b", "x/y/z.txt");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->size_bytes, 10);
  EXPECT_EQ(info->etag, (*store_->Open("b", "x/y/z.txt", 0))->etag());
  ASSERT_TRUE(Write(store_.get(), "b", "x/y/z.txt", "").ok());
  EXPECT_EQ(Read(store_.get(), "b", "x/y/z.txt"), "");
  EXPECT_NE(store_->Stat("b", "x/y/z.txt")->etag, info->etag);
}

TEST_P(StoreContract, TellsMissingBucketsFromMissingObjects) {
  EXPECT_TRUE(absl::IsNotFound(store_->Open("b", "none/x", 0).status()));
  EXPECT_FALSE(IsNoSuchBucket(store_->Open("b", "none/x", 0).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->Stat("b", "none").status()));
  EXPECT_TRUE(IsNoSuchBucket(store_->Open("none", "x", 0).status()));
  EXPECT_TRUE(IsNoSuchBucket(store_->Create("none", "x").status()));
  EXPECT_TRUE(IsNoSuchBucket(store_->List("none", "", "", 1).status()));
}

TEST_P(StoreContract, ShowsNothingBeforeFinish) {
  auto writer = store_->Create("b", "x/y");
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(std::string(1 << 20, 'x')).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->Stat("b", "x/y").status()));
  EXPECT_THAT(Keys(store_->List("b", "", "", 10)), IsEmpty());
  writer->reset();
  EXPECT_THAT(Keys(store_->List("b", "", "", 10)), IsEmpty());
}

TEST_P(StoreContract, ListsInTheOrderOfKeys) {
  // '-' < '.' < '/' < '0': a folder's place among its siblings is that of "name/".
  const std::vector<std::string> keys = {"a-b", "a.b",   "a/b",   "a/b0/x",
                                         "a0",  "b/c/d", "b/c/e", "z\xC3\xA4"};
  for (const std::string& key : keys) ASSERT_TRUE(Write(store_.get(), "b", key, key).ok());
  EXPECT_EQ(Keys(store_->List("b", "", "", 100)), keys);
  EXPECT_FALSE(store_->List("b", "", "", 8)->is_truncated);
  EXPECT_TRUE(store_->List("b", "", "", 7)->is_truncated);
  EXPECT_THAT(Keys(store_->List("b", "a", "", 100)),
              ElementsAre("a-b", "a.b", "a/b", "a/b0/x", "a0"));
  EXPECT_THAT(Keys(store_->List("b", "a/b", "", 100)), ElementsAre("a/b", "a/b0/x"));
  EXPECT_THAT(Keys(store_->List("b", "b/c/", "b/c/d", 100)), ElementsAre("b/c/e"));
  EXPECT_THAT(Keys(store_->List("b", "b/", "a", 100)), ElementsAre("b/c/d", "b/c/e"));
  EXPECT_THAT(Keys(store_->List("b", "b/", "c", 100)), IsEmpty());
  for (int page_size = 1; page_size < 4; ++page_size) {
    std::vector<std::string> all;
    for (bool is_truncated = true; is_truncated;) {
      const auto page = store_->List("b", "", all.empty() ? "" : all.back(), page_size);
      ASSERT_TRUE(page.ok());
      for (const ObjectInfo& object : page->objects) all.push_back(object.key);
      is_truncated = page->is_truncated;
    }
    EXPECT_EQ(all, keys);
  }
}

TEST(FolderStore, RefusesNamesThatLeadElsewhere) {
  TemporaryFolder folder;
  fs::create_directory(folder.path() / "b");
  auto store = *FolderStore::Open(folder.path().string());
  for (const char* key :
       {"../x", "a/../../x", "/etc/passwd", "a//b", "a/", ".", "..", "", "a/./b", ".pawl-tmp/x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store->Open("b", key, 0).status())) << key;
    EXPECT_TRUE(absl::IsInvalidArgument(store->Stat("b", key).status())) << key;
    EXPECT_TRUE(absl::IsInvalidArgument(store->Create("b", key).status())) << key;
  }
  for (const char* bucket : {"..", ".", "", "a/b", "/", ".pawl-tmp"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store->Open(bucket, "x", 0).status())) << bucket;
    EXPECT_TRUE(absl::IsInvalidArgument(store->List(bucket, "", "", 1).status())) << bucket;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(store->Open("b", std::string(2000, 'x'), 0).status()));
}

TEST(FolderStore, FollowsNoSymbolicLinks) {
  TemporaryFolder outside;
  std::ofstream(outside.path() / "secret") << "secret";
  TemporaryFolder folder;
  fs::create_directory(folder.path() / "b");
  fs::create_symlink(outside.path(), folder.path() / "linked");
  fs::create_symlink(outside.path(), folder.path() / "b" / "dir");
  fs::create_symlink(outside.path() / "secret", folder.path() / "b" / "file");
  auto store = *FolderStore::Open(folder.path().string());
  EXPECT_TRUE(absl::IsNotFound(store->Open("linked", "secret", 0).status()));
  EXPECT_TRUE(absl::IsNotFound(store->Open("b", "dir/secret", 0).status()));
  EXPECT_TRUE(absl::IsNotFound(store->Open("b", "file", 0).status()));
  EXPECT_THAT(Keys(store->List("b", "", "", 10)), IsEmpty());
  EXPECT_FALSE(Write(store.get(), "b", "dir/new", "x").ok());
  EXPECT_FALSE(fs::exists(outside.path() / "new"));
}

TEST(FolderStore, LeavesNothingOfAnAbandonedWrite) {
  TemporaryFolder folder;
  fs::create_directory(folder.path() / "b");
  fs::create_directory(folder.path() / "b" / ".pawl-tmp");
  std::ofstream(folder.path() / "b" / ".pawl-tmp" / "1-0") << "left by a crash";
  auto store = *FolderStore::Open(folder.path().string());
  {
    auto writer = store->Create("b", "x/y");
    ASSERT_TRUE(writer.ok());
    auto other_process = *FolderStore::Open(folder.path().string());
    ASSERT_TRUE(Write(other_process.get(), "b", "z", "1").ok());  // must not sweep our file away
    ASSERT_TRUE((*writer)->Append("1").ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  auto dropped = store->Create("b", "q/r");
  dropped->reset();
  EXPECT_TRUE(fs::is_empty(folder.path() / "b" / ".pawl-tmp"));
  EXPECT_FALSE(fs::exists(folder.path() / "b" / "q"));
  EXPECT_EQ(Read(store.get(), "b", "x/y"), "1");
}

TEST(FolderStore, NeedsAFolder) {
  EXPECT_TRUE(absl::IsNotFound(FolderStore::Open("/nonexistent/pawl").status()));
}

}  // namespace
}  // namespace pawl::objects
