#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/lines/line_sink.h"
#include "engine/lines/test_files.h"

namespace pawl::lines {
namespace {

using ::testing::HasSubstr;

LineFolderSettings In(const std::string& path) {
  LineFolderSettings settings;
  settings.file.path = path;
  settings.file.what = "the execution log";
  return settings;
}

int CountOpenFiles(const std::string& below) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;  // closed meanwhile: not one of ours
    const auto target = std::filesystem::read_symlink(entry.path(), ignored);
    if (absl::StartsWith(target.string(), below)) ++count;
  }
  return count;
}

TEST(RoutePath, NamesNeverLeadOutOfTheFolder) {
  const struct {
    std::string route, path;
  } cases[] = {
      {"000000000000/orders", "000000000000/orders.jsonl"},
      {"000000000000//aws/states/a_b-c.d", "000000000000/%2Faws%2Fstates%2Fa_b-c.d.jsonl"},
      {"a/../../etc/passwd", "a/%2E.%2F..%2Fetc%2Fpasswd.jsonl"},
      {"../x", "%2E./x.jsonl"},
      {"/x", "%/x.jsonl"},
      {"a/", "a/%.jsonl"},
      {"a", "a/%.jsonl"},
      {"a/.", "a/%2E.jsonl"},
      {"a/%2F", "a/%252F.jsonl"},
      {std::string("a/b\0c\n", 6), "a/b%00c%0A.jsonl"},
      {"a/\xc3\xa4", "a/%C3%A4.jsonl"},
  };
  for (const auto& c : cases) EXPECT_EQ(RoutePath(c.route), c.path) << c.route;
}

TEST(RoutePath, LongNamesAreCutAndStayApart) {
  const std::string path = RoutePath("a/" + std::string(5'000, 'x'));
  EXPECT_LT(path.size(), 240u);
  EXPECT_NE(path, RoutePath("a/" + std::string(5'001, 'x')));
  EXPECT_EQ(path, RoutePath("a/" + std::string(5'000, 'x')));
  EXPECT_LT(RoutePath("a/" + std::string(5'000, '/')).size(), 240u);
}

TEST(LineFolder, EachRouteHasItsFile) {
  const TempFolder folder;
  auto sink = OpenLineFolder(In(folder.File("logs")));
  ASSERT_TRUE(sink.ok()) << sink.status();
  ASSERT_TRUE((*sink)->Write("1/a", "first\n").ok());
  ASSERT_TRUE((*sink)->Write("1/b", "other\n").ok());
  ASSERT_TRUE((*sink)->Write("2/a", "stranger\n").ok());
  ASSERT_TRUE((*sink)->Write("1/a", "second\n").ok());
  EXPECT_EQ(ReadFile(folder.File("logs/1/a.jsonl")), "first\nsecond\n");
  EXPECT_EQ(ReadFile(folder.File("logs/1/b.jsonl")), "other\n");
  EXPECT_EQ(ReadFile(folder.File("logs/2/a.jsonl")), "stranger\n");
}

TEST(LineFolder, RotatesEachFile) {
  const TempFolder folder;
  LineFolderSettings settings = In(folder.path());
  settings.file.max_bytes = 10;
  settings.file.kept_files = 1;
  auto sink = OpenLineFolder(settings);
  ASSERT_TRUE(sink.ok()) << sink.status();
  for (const char* line : {"aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n"}) {
    ASSERT_TRUE((*sink)->Write("1/a", line).ok());
  }
  ASSERT_TRUE((*sink)->Write("1/b", "small\n").ok());
  EXPECT_EQ(ReadFile(folder.File("1/a.jsonl")), "cccccccc\n");
  EXPECT_EQ(ReadFile(folder.File("1/a.jsonl.1")), "bbbbbbbb\n");
  EXPECT_FALSE(std::filesystem::exists(folder.File("1/a.jsonl.2")));
  EXPECT_EQ(ReadFile(folder.File("1/b.jsonl")), "small\n");
}

TEST(LineFolder, OpenFilesAreBounded) {
  const TempFolder folder;
  LineFolderSettings settings = In(folder.path());
  settings.max_open_files = 3;
  auto sink = OpenLineFolder(settings);
  ASSERT_TRUE(sink.ok()) << sink.status();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE((*sink)->Write(absl::StrCat("1/g", i), absl::StrCat(round, "\n")).ok());
      EXPECT_LE(CountOpenFiles(std::filesystem::canonical(folder.path()).string()), 3);
    }
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ReadFile(folder.File(absl::StrCat("1/g", i, ".jsonl"))), "0\n1\n");
  }
}

TEST(LineFolder, WhatCannotBeOpenedIsSaid) {
  const TempFolder folder;
  const absl::Status missing = OpenLineFolder(In(folder.File("none/logs"))).status();
  EXPECT_TRUE(absl::IsUnavailable(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("none/logs cannot be made: No such"));
  EXPECT_THAT(std::string(OpenLineFolder(In("/dev/null")).status().message()),
              HasSubstr("/dev/null cannot be opened: Not a directory"));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenLineFolder({}).status()));
  // One group's trouble is not another's.
  auto sink = OpenLineFolder(In(folder.path()));
  std::filesystem::create_directories(folder.File("1/a.jsonl"));
  EXPECT_FALSE((*sink)->Write("1/a", "x\n").ok());
  EXPECT_TRUE((*sink)->Write("1/b", "x\n").ok());
  std::filesystem::remove(folder.File("1/a.jsonl"));
  EXPECT_TRUE((*sink)->Write("1/a", "x\n").ok());
}

}  // namespace
}  // namespace pawl::lines
