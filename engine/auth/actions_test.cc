// The table of actions against everything that can be called: the protos, AWS's model and the names
// that engine/service asks its authorizer for.
#include "engine/auth/actions.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::auth {
namespace {

using ::testing::ElementsAreArray;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> FilesIn(const std::string& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat(PAWL_SOURCE_DIR, "/", folder))) {
    if (absl::EndsWith(entry.path().filename().string(), ending)) files.push_back(entry.path());
  }
  return files;
}

TEST(Actions, EveryRpcIsOneOperation) {
  std::set<std::string> rpcs;
  const std::regex line(R"((?:^|\n)(?:service|\s+rpc) (\w+))");
  for (const auto& path : FilesIn("proto/pawl/v1", ".proto")) {
    const std::string text = ReadFile(path);
    std::string service;
    for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
      const std::string name = (*it)[1];
      if (absl::StrContains(it->str(), "service")) {
        service = name;
      } else {
        rpcs.insert(absl::StrCat(service, ".", name));
      }
    }
  }
  ASSERT_GE(rpcs.size(), 28u);
  std::set<std::string> known;
  for (const RpcOperation& rpc : RpcOperations()) {
    known.insert(std::string(rpc.rpc));
    EXPECT_NE(FindAction(rpc.operation), nullptr) << rpc.rpc;
  }
  EXPECT_EQ(known, rpcs);
}

TEST(Actions, EveryOperationOfTheServiceIsInTheTable) {
  std::set<std::string> asked;
  const std::regex call(R"re(context,\s*"([A-Z][A-Za-z]+)")re");
  for (const auto& path : FilesIn("engine/service", ".cc")) {
    if (absl::EndsWith(path.filename().string(), "_test.cc")) continue;
    const std::string text = ReadFile(path);
    for (std::sregex_iterator it(text.begin(), text.end(), call), end; it != end; ++it) {
      asked.insert((*it)[1]);
    }
  }
  EXPECT_GE(asked.size(), 40u);
  for (const std::string& operation : asked) {
    EXPECT_NE(FindAction(operation), nullptr) << operation;
  }
}

// The operations of AWS's model of 2016-11-23, as of November 2026.
TEST(Actions, EveryOperationOfAwsIsInTheTable) {
  const std::vector<std::string> operations = {
      "CreateActivity",
      "CreateStateMachine",
      "CreateStateMachineAlias",
      "DeleteActivity",
      "DeleteStateMachine",
      "DeleteStateMachineAlias",
      "DeleteStateMachineVersion",
      "DescribeActivity",
      "DescribeExecution",
      "DescribeMapRun",
      "DescribeStateMachine",
      "DescribeStateMachineAlias",
      "DescribeStateMachineForExecution",
      "GetActivityTask",
      "GetExecutionHistory",
      "ListActivities",
      "ListExecutions",
      "ListMapRuns",
      "ListStateMachineAliases",
      "ListStateMachineVersions",
      "ListStateMachines",
      "ListTagsForResource",
      "PublishStateMachineVersion",
      "RedriveExecution",
      "SendTaskFailure",
      "SendTaskHeartbeat",
      "SendTaskSuccess",
      "StartExecution",
      "StartSyncExecution",
      "StopExecution",
      "TagResource",
      "TestState",
      "UntagResource",
      "UpdateMapRun",
      "UpdateStateMachine",
      "UpdateStateMachineAlias",
      "ValidateStateMachineDefinition",
  };
  std::vector<std::string> known;
  for (const Action& action : Actions()) {
    if (!absl::StartsWith(action.name, "states:")) continue;
    EXPECT_EQ(action.name, absl::StrCat("states:", action.operation));
    EXPECT_EQ(action.equivalent, "");
    known.push_back(std::string(action.operation));
  }
  EXPECT_THAT(known, ElementsAreArray(operations));
}

TEST(Actions, TableIsSortedAndRefersToItself) {
  std::string before;
  for (const Action& action : Actions()) {
    EXPECT_LT(before, action.operation);
    before = std::string(action.operation);
    EXPECT_EQ(FindAction(action.operation), &action);
    if (action.equivalent.empty()) continue;
    const Action* aws = FindAction(action.equivalent.substr(action.equivalent.find(':') + 1));
    ASSERT_NE(aws, nullptr) << action.operation;
    EXPECT_EQ(aws->name, action.equivalent);
    EXPECT_EQ(aws->kind, action.kind) << action.operation;
  }
  EXPECT_EQ(FindAction(""), nullptr);
  EXPECT_EQ(FindAction("Zz"), nullptr);
  EXPECT_EQ(FindAction("startexecution"), nullptr);
}

}  // namespace
}  // namespace pawl::auth
