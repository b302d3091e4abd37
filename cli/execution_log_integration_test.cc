// Machines with a loggingConfiguration, created over AWS's API, and what a real engine writes of
// their executions.
#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "engine/value/json.h"
#include "tests/support/engine_process.h"
#include "tests/support/http_client.h"

namespace pawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kPass[] =
    R"({\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Pass\",\"End\":true}}})";

class ExecutionLogs : public ::testing::Test {
 protected:
  void Start(const std::string& destination) {
    testing::EngineProcess::Options options;
    options.store = absl::StrCat("sqlite:", Path("data"));
    options.log_path = Path("engine.log");
    options.flags = {"--execution-logs", destination, "--object-store",
                     absl::StrCat("folder:", Path("objects"))};
    engine_ = std::make_unique<testing::EngineProcess>(options);
    ASSERT_TRUE(engine_->Start().ok());
  }
  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::vector<std::string> Lines(const std::string& name) const {
    return absl::StrSplit(Read(name), '\n', absl::SkipEmpty());
  }
  Value Aws(const std::string& operation, const std::string& body) {
    testing::HttpClient client(engine_->http_port());
    const auto answer = client.Aws(operation, body);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, 200) << answer->body;
    return *ParseJson(answer->body);
  }
  void Create(const std::string& name, const std::string& group, const std::string& type) {
    Aws("CreateStateMachine",
        absl::StrCat("{\"name\":\"", name, "\",\"definition\":\"", kPass, "\",\"type\":\"", type,
                     "\",\"roleArn\":\"arn:aws:iam::000000000000:role/r\",\"loggingConfiguration\":"
                     "{\"level\":\"ALL\",\"includeExecutionData\":true,\"destinations\":"
                     "[{\"cloudWatchLogsLogGroup\":{\"logGroupArn\":"
                     "\"arn:aws:logs:us-east-1:000000000000:log-group:",
                     group, ":*\"}}]}}"));
  }
  void Run(const std::string& machine, const std::string& name) {
    const Value started =
        Aws("StartExecution", absl::StrCat("{\"stateMachineArn\":\"arn:aws:states:us-east-1:"
                                           "000000000000:stateMachine:",
                                           machine, "\",\"name\":\"", name, "\"}"));
    const std::string arn = started.Find("executionArn")->AsString();
    while (Aws("DescribeExecution", absl::StrCat("{\"executionArn\":\"", arn, "\"}"))
               .Find("status")
               ->AsString() == "RUNNING") {
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  testing::TempFolder folder_;
  std::unique_ptr<testing::EngineProcess> engine_;
};

TEST_F(ExecutionLogs, EachGroupHasAFileThatOutlivesTheEngine) {
  Start(absl::StrCat("folder:", Path("logs")));
  Create("orders", "/aws/states/orders", "STANDARD");
  Create("quick", "quick", "EXPRESS");
  Run("orders", "one");
  Aws("StartSyncExecution",
      "{\"stateMachineArn\":\"arn:aws:states:us-east-1:000000000000:stateMachine:quick\"}");
  EXPECT_EQ(engine_->Stop(), 0);
  const std::string orders = "logs/000000000000/%2Faws%2Fstates%2Forders.jsonl";
  EXPECT_THAT(
      Lines(orders),
      AllOf(SizeIs(4), Each(HasSubstr(":execution:orders:one\",\"redrive_count\":\"0\"}"))));
  EXPECT_THAT(Lines("logs/000000000000/quick.jsonl"),
              AllOf(SizeIs(4), Each(HasSubstr(":express:quick:"))));
  ASSERT_TRUE(engine_->Start().ok());
  Run("orders", "two");
  EXPECT_EQ(engine_->Stop(), 0);
  EXPECT_THAT(Lines(orders), SizeIs(8));
}

TEST_F(ExecutionLogs, ExecutionsGoOnWhereTheDiskIsFull) {
  Start("file:/dev/full");
  Create("orders", "orders", "STANDARD");
  Run("orders", "one");
  Run("orders", "two");
  EXPECT_EQ(engine_->Stop(), 0);
  EXPECT_THAT(Read("engine.log"),
              HasSubstr("the execution log /dev/full cannot be written: No space left on device; "
                        "executions go on and events are missing in it"));
}

TEST_F(ExecutionLogs, NothingIsWrittenUnlessItIsAskedFor) {
  Start("off");
  Create("orders", "orders", "STANDARD");
  Run("orders", "one");
  EXPECT_EQ(engine_->Stop(), 0);
  EXPECT_THAT(Read("engine.log"), Not(HasSubstr("execution log")));
}

}  // namespace
}  // namespace pawl::cli
