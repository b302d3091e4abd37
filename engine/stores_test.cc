// The choice of stores: what is refused, how it is told, and who may read what is made.
#include <sys/stat.h>

#include <filesystem>

#include "engine/open_object_store.h"
#include "engine/open_store.h"
#include "engine/private_folder.h"
#include "engine/store_url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

class StoresTest : public ::testing::Test {
 protected:
  StoresTest() : folder_(::testing::TempDir() + "/stores_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~StoresTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_;
  std::vector<std::string> warnings_;
};

TEST(StoreUrl, LosesItsCredentials) {
  const struct {
    const char* url;
    const char* shown;
  } cases[] = {
      {"mysql://u:s3cret@h:3306/d", "mysql://***@h:3306/d"},
      {"mysql://u:a@b/c?d@h/x", "mysql://***@h/x"},
      {"postgres://h/d?user=u&password=s3cret&sslmode=require",
       "postgres://h/d?user=u&password=***&sslmode=require"},
      {"postgres://u:s3cret@h/d?sslPassword=t", "postgres://***@h/d?sslPassword=***"},
      {"u:s3cret@h", "***@h"},
      {"sqlite:./data", "sqlite:./data"},
      {"", ""},
  };
  for (const auto& one : cases) EXPECT_EQ(WithoutCredentials(one.url), one.shown);
}

TEST_F(StoresTest, AnUnknownSchemeIsToldWithoutThePassword) {
  EXPECT_THAT(
      std::string(OpenStore("mysql://u:s3cret@h/d", /*ranges=*/0, &warnings_).status().message()),
      AllOf(HasSubstr("mysql://***@h/d"), HasSubstr("sqlite:FOLDER"), HasSubstr("postgres://"),
            Not(HasSubstr("s3cret"))));
  EXPECT_THAT(
      std::string(
          OpenObjectStore("https://u:s3cret@h/d", "us-east-1", &warnings_).status().message()),
      AllOf(HasSubstr("https://***@h/d"), HasSubstr("folder:PATH"), Not(HasSubstr("s3cret"))));
}

TEST_F(StoresTest, NewFoldersAreForTheOwnerOnly) {
  const mode_t mask = umask(022);
  ASSERT_TRUE(OpenObjectStore("folder:" + folder_ + "/a/objects", "us-east-1", &warnings_).ok());
  ASSERT_TRUE(OpenStore("sqlite:" + folder_ + "/data", /*ranges=*/0, &warnings_).ok());
  umask(mask);
  EXPECT_EQ(ModeOf(folder_ + "/a"), 0700u);
  EXPECT_EQ(ModeOf(folder_ + "/a/objects"), 0700u);
  EXPECT_EQ(ModeOf(folder_ + "/data"), 0700u);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(StoresTest, AFolderThatOthersMayEnterIsKeptAndSaid) {
  const std::string path = folder_ + "/shared";
  std::filesystem::create_directory(path);
  chmod(path.c_str(), 0755);
  ASSERT_TRUE(OpenObjectStore("folder:" + path, "us-east-1", &warnings_).ok());
  EXPECT_EQ(ModeOf(path), 0755u);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("chmod 700 " + path)));
}

TEST_F(StoresTest, AFileIsNoFolder) {
  const std::string path = folder_ + "/file";
  std::fclose(std::fopen(path.c_str(), "we"));
  EXPECT_THAT(std::string(MakePrivateFolder("--object-store", path).message()),
              AllOf(HasSubstr("--object-store"), HasSubstr(path), HasSubstr("not a folder")));
  EXPECT_FALSE(MakePrivateFolder("--object-store", path + "/below").ok());
}

}  // namespace
}  // namespace pawl
