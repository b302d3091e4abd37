#include "cli/connection.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/contexts.h"

namespace pawl::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    std::string path = absl::StrCat(::testing::TempDir(), "/pawl-config-XXXXXX");
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    Set("PAWL_CONFIG", folder_ + "/config/pawl.json");
  }
  ~ConnectionTest() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
    std::filesystem::remove_all(folder_);
  }
  void Set(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  static absl::StatusOr<ConnectOptions> Of(const std::vector<std::string>& words) {
    return ConnectionOf(*ParseArguments(GlobalFlags(), words));
  }
  static ExitCode Run(std::vector<std::string> words) {
    words.push_back("--json");
    return RunPawl(words);
  }

  std::string folder_;
  std::vector<std::string> set_;
};

TEST_F(ConnectionTest, WithoutAnythingItIsTheEngineOfThisMachine) {
  const auto options = Of({});
  ASSERT_TRUE(options.ok());
  EXPECT_THAT(options->addresses, ElementsAre("127.0.0.1:7233"));
  EXPECT_FALSE(options->tls.has_value());
  EXPECT_EQ(options->token_file, "");
}

TEST_F(ConnectionTest, FlagsWinOverVariablesAndTheseOverTheContext) {
  ASSERT_EQ(Run({"config", "set", "prod", "--engine", "prod:1", "--tls", "--token-file", "/t",
                 "--namespace", "111111111111"}),
            ExitCode::kOk);
  auto options = Of({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->addresses, ElementsAre("prod:1"));
  EXPECT_TRUE(options->tls.has_value());
  EXPECT_EQ(options->token_file, "/t");
  EXPECT_EQ(options->ns, "111111111111");
  Set("PAWL_ENGINE", "other:2");
  Set("PAWL_TOKEN", "secret");
  options = Of({"--namespace", "222222222222"});
  EXPECT_THAT(options->addresses, ElementsAre("other:2"));
  EXPECT_EQ(options->token, "secret");
  EXPECT_EQ(options->token_file, "");
  EXPECT_EQ(options->ns, "222222222222");
  options = Of({"--engine", "third:3", "--token-file", "/u"});
  EXPECT_THAT(options->addresses, ElementsAre("third:3"));
  EXPECT_EQ(options->token, "");
  EXPECT_EQ(options->token_file, "/u");
}

TEST_F(ConnectionTest, AnyFlagOfTlsMeansTls) {
  EXPECT_EQ(Of({"--ca-file", "/ca"})->tls->ca_file, "/ca");
  EXPECT_EQ(Of({"--server-name", "n"})->tls->server_name, "n");
  EXPECT_TRUE(Of({"--tls"})->tls.has_value());
  EXPECT_FALSE(Of({"--tls=no"})->tls.has_value());
}

TEST_F(ConnectionTest, ContextsAreChosenByNameAndAreTheirOwnersOnly) {
  ASSERT_EQ(Run({"config", "set", "a", "--engine", "a:1"}), ExitCode::kOk);
  ASSERT_EQ(Run({"config", "set", "b", "--engine", "b:1"}), ExitCode::kOk);
  EXPECT_THAT(Of({})->addresses, ElementsAre("a:1"));
  EXPECT_THAT(Of({"--context", "b"})->addresses, ElementsAre("b:1"));
  ASSERT_EQ(Run({"config", "use", "b"}), ExitCode::kOk);
  EXPECT_THAT(Of({})->addresses, ElementsAre("b:1"));
  ASSERT_EQ(Run({"config", "delete", "b"}), ExitCode::kOk);
  EXPECT_THAT(Of({})->addresses, ElementsAre("127.0.0.1:7233"));
  EXPECT_EQ(Run({"config", "use", "b"}), ExitCode::kNotFound);
  EXPECT_THAT(std::string(Of({"--context", "b"}).status().message()), HasSubstr("no context 'b'"));
  struct stat file = {};
  ASSERT_EQ(stat(ContextsPath().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(ConnectionTest, PathsOfContextsAreWhole) {
  EXPECT_EQ(Run({"config", "set", "a", "--token-file", "token"}), ExitCode::kFailed);
}

TEST_F(ConnectionTest, BrokenFilesAreSaidSo) {
  std::filesystem::create_directories(folder_ + "/config");
  for (const char* text : {"{", "[]", R"({"contexts":7})", R"({"contexts":{"a":{"secret":"x"}}})",
                           R"({"current":7})", R"({"contexts":{"a":{"tls":true}}})"}) {
    std::ofstream(ContextsPath()) << text;
    EXPECT_THAT(std::string(Of({}).status().message()), HasSubstr("pawl.json")) << text;
  }
}

}  // namespace
}  // namespace pawl::cli
