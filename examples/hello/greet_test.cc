// The whole workflow, without a server and without waiting.
#include "greet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "pawl/testing.h"

namespace {

class Hello : public testing::Test {
 protected:
  void SetUp() override {
    std::stringstream definition;
    definition << std::ifstream(MACHINE_FILE).rdbuf();
    const absl::Status status = engine_.PutStateMachine("Hello", definition.str());
    ASSERT_TRUE(status.ok()) << status;
  }
  pawl::TestEngine engine_{HelloHandlers()};
};

TEST_F(Hello, GreetsByName) {
  const auto hello = engine_.Run("Hello", R"({"name":"Ada"})");
  ASSERT_TRUE(hello.ok()) << hello.status();
  EXPECT_EQ(hello->output, R"({"text":"Hello, Ada!"})");
}

TEST_F(Hello, GreetsTheWorldWhereNobodyIsThere) {
  const auto hello = engine_.Run("Hello", R"({"name":""})");
  ASSERT_TRUE(hello.ok()) << hello.status();
  EXPECT_EQ(hello->output, R"({"text":"Hello, world!"})");
  EXPECT_EQ(hello->path, (std::vector<std::string>{"Breathe", "Greet", "GreetTheWorld"}));
}

}  // namespace
