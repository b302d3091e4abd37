// What the command line says of mistakes: the thing that is wrong, by the name the user gave it.
#include "cli/command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string NotesOf(const std::vector<std::string>& words, ExitCode expected = ExitCode::kUsage) {
  ::testing::internal::CaptureStderr();
  const ExitCode code = RunPawl(words);
  std::string notes = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, expected) << notes;
  return notes;
}

TEST(Messages, NameTheMistake) {
  const struct {
    std::vector<std::string> words;
    const char* expected;
  } cases[] = {
      {{"--engine", "X", "task", "success"},
       "no command 'task success'; did you mean 'task succeed'?"},
      {{"--json", "lst"}, "no command 'lst'; did you mean 'list'?"},
      {{"task", "succeed", "TOKEN", "--output", "{"}, "the output is not JSON"},
      {{"task", "heartbeat", "TOKEN", "--details", "{"}, "the text of --details is not JSON"},
      {{"start", "m", "--input", "{"}, "the input is not JSON"},
      {{"worker", "--exec", "A=cat", "--exec", "B=cat", "--exec", "A=ls"},
       "the queue 'A' is given twice"},
      {{"worker", "--exec", "A=cat", "--max-output-bytes", "0"},
       "--max-output-bytes: expected a number of 1 or more"},
      {{"worker", "--exec", "A=cat", "--concurrency", "0"},
       "--concurrency: expected a number from 1 to 10000, got '0'"},
      {{"list", "--json=perhaps"}, "--json: expected true, false, 1, 0, on, off, yes or no"},
  };
  for (const auto& one : cases) EXPECT_THAT(NotesOf(one.words), HasSubstr(one.expected));
}

TEST(Messages, AMissingTestFileIsNoMatterOfTheLanguage) {
  const std::string notes = NotesOf({"test", "no-such.test.json"});
  EXPECT_THAT(notes, HasSubstr("cannot read no-such.test.json"));
  EXPECT_THAT(notes, HasSubstr("docs/testing.md"));
  EXPECT_THAT(notes, Not(HasSubstr("states-language.net")));
}

}  // namespace
}  // namespace pawl::cli
