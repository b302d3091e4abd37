// The program `pawl` against a real engine, as a user or a script calls it.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/exec_runner.h"
#include "engine/value/json.h"
#include "tests/support/engine_process.h"

namespace pawl::cli {

struct Ended {
  int code = -1;
  std::string out;
  std::string err;
};

// One engine for all tests; every test uses machines of its own.
class Cli : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new pawl::testing::TempFolder();
    pawl::testing::EngineProcess::Options options;
    options.store = absl::StrCat("sqlite:", folder_->path(), "/data");
    options.flags = {"--show-task-tokens"};
    engine_ = new pawl::testing::EngineProcess(options);
    ASSERT_TRUE(engine_->Start().ok());
  }
  static void TearDownTestSuite() {
    delete engine_;
    delete folder_;
  }

  // `arguments` as a shell reads them.
  static Ended Pawl(const std::string& arguments, const std::string& input = "") {
    const auto result = RunProgram(
        {.command = absl::StrCat("cd ", folder_->path(), " && exec ", Binary(), " ", arguments),
         .input = input,
         .environment = {{"PAWL_ENGINE", engine_->address()}},
         .deadline = absl::Now() + absl::Minutes(1)},
        {});
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->end, ExecResult::End::kExited) << arguments;
    return {result->code, result->output, result->errors};
  }

  static std::string Binary() { return pawl::testing::BinFolder() + "/pawl"; }

  // Writes a file that commands find by its name.
  static void Write(const std::string& name, const std::string& text) {
    std::FILE* file = std::fopen(absl::StrCat(folder_->path(), "/", name).c_str(), "we");
    ASSERT_NE(file, nullptr);
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  }

  static void Create(const std::string& name, const std::string& definition) {
    Write(name + ".asl.json", definition);
    const Ended created = Pawl(absl::StrCat("machine create ", name, ".asl.json"));
    ASSERT_EQ(created.code, 0) << created.err;
  }

  static Value Json(const Ended& ended) {
    const absl::StatusOr<Value> value = ParseJson(ended.out);
    EXPECT_TRUE(value.ok()) << ended.out << ended.err;
    return value.value_or(Value());
  }

  // Asks until `text` stands in what the command prints.
  static std::string Await(const std::string& arguments, const std::string& text) {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    Ended ended;
    do {
      ended = Pawl(arguments);
      if (absl::StrContains(ended.out, text)) return ended.out;
      absl::SleepFor(absl::Milliseconds(20));
    } while (absl::Now() < until);
    ADD_FAILURE() << arguments << " never showed " << text << ":\n" << ended.out << ended.err;
    return ended.out;
  }

  static inline pawl::testing::TempFolder* folder_ = nullptr;
  static inline pawl::testing::EngineProcess* engine_ = nullptr;
};

inline constexpr char kHello[] =
    R"({"StartAt":"Hello","States":{"Hello":{"Type":"Pass","Result":{"greeting":"hi"},"End":true}}})";

}  // namespace pawl::cli
