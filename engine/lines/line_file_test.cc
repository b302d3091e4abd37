#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/lines/line_sink.h"
#include "engine/lines/test_files.h"

namespace pawl::lines {
namespace {

using ::testing::HasSubstr;

TEST(LineFile, RotatesBySize) {
  const TempFolder folder;
  const std::string path = folder.File("log.jsonl");
  auto file = OpenLineFile({.path = path, .max_bytes = 10, .kept_files = 2});
  ASSERT_TRUE(file.ok()) << file.status();
  for (const char* line : {"aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffffffffffffff\n"}) {
    ASSERT_TRUE((*file)->Write("", line).ok());
  }
  EXPECT_EQ(ReadFile(path), "ffffffffffffff\n");
  EXPECT_EQ(ReadFile(path + ".1"), "eeee\n");
  EXPECT_EQ(ReadFile(path + ".2"), "cccc\ndddd\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".3"));
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(LineFile, GoesOnWithWhatIsThere) {
  const TempFolder folder;
  const std::string path = folder.File("log.jsonl");
  std::ofstream(path) << "whole\nhalf";
  auto file = OpenLineFile({.path = path, .max_bytes = 1000});
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->Write("", "new\n").ok());
  ASSERT_TRUE((*file)->Write("", "next\n").ok());
  EXPECT_EQ(ReadFile(path), "whole\nhalf\nnew\nnext\n");
  file = OpenLineFile({.path = path, .max_bytes = 10, .kept_files = 0});
  ASSERT_TRUE((*file)->Write("", "alone\n").ok());
  EXPECT_EQ(ReadFile(path), "alone\n");
}

TEST(LineFile, WhatCannotBeOpenedIsSaid) {
  const TempFolder folder;
  const absl::Status missing = OpenLineFile({.path = folder.File("missing/log.jsonl")}).status();
  EXPECT_TRUE(absl::IsUnavailable(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("missing/log.jsonl cannot be opened: No"));
  EXPECT_FALSE(OpenLineFile({.path = folder.path()}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(OpenLineFile({}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenLineFile({.path = "x", .max_bytes = 0}).status()));
}

TEST(LineFile, FailedRotationIsAnErrorAndTheNextWriteTriesAgain) {
  const TempFolder folder;
  const std::string path = folder.File("log.jsonl");
  auto file = OpenLineFile({.path = path, .max_bytes = 10, .kept_files = 1});
  ASSERT_TRUE((*file)->Write("", "aaaaaaaaa\n").ok());
  std::filesystem::create_directories(path + ".1/not-empty");
  EXPECT_TRUE(absl::IsUnavailable((*file)->Write("", "bbbbbbbbb\n")));
  std::filesystem::remove_all(path + ".1");
  EXPECT_TRUE((*file)->Write("", "ccccccccc\n").ok());
  EXPECT_TRUE((*file)->Write("", "ddddddddd\n").ok());
  EXPECT_EQ(ReadFile(path), "ddddddddd\n");
  EXPECT_EQ(ReadFile(path + ".1"), "aaaaaaaaa\nccccccccc\n");
}

TEST(LineFile, FullDiskIsAnErrorAndTheNextWriteTriesAgain) {
  auto file = OpenLineFile({.path = "/dev/full", .what = "the log of orders"});
  ASSERT_TRUE(file.ok()) << file.status();
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = (*file)->Write("", "line\n");
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_EQ(std::string(status.message()),
              "the log of orders /dev/full cannot be written: No space left on device");
  }
}

}  // namespace
}  // namespace pawl::lines
