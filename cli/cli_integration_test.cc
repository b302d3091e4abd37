// Executions, tasks and workers; the program as such.
#include <sys/stat.h>

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/cli_fixture.h"

namespace pawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(Cli, StartsAndWaits) {
  Create("hello", kHello);
  const Ended waited = Pawl("start hello --name one --wait --input '{\"who\":\"you\"}'");
  EXPECT_EQ(waited.code, 0);
  EXPECT_EQ(waited.out, "{\n  \"greeting\": \"hi\"\n}\n");
  EXPECT_THAT(waited.err, HasSubstr("SUCCEEDED  hello/one"));
  EXPECT_EQ(Pawl("start hello --name one").code, 5);
  const Ended started = Pawl("start hello --input -", "{\"from\":\"stdin\"}");
  EXPECT_THAT(started.out, StartsWith("hello/"));
  const std::string name(absl::StripSuffix(started.out, "\n"));
  Await(absl::StrCat("show ", name), "SUCCEEDED");
  EXPECT_THAT(Pawl(absl::StrCat("show ", name)).out, HasSubstr("\"from\": \"stdin\""));
  const Value json = Json(Pawl("show hello/one --json"));
  EXPECT_EQ(json.Find("execution")->Find("status")->AsString(), "SUCCEEDED");
  EXPECT_EQ(json.Find("output")->Find("greeting")->AsString(), "hi");
  EXPECT_EQ(Pawl("start hello --input '{broken'").code, 2) << "nothing is sent";
}

TEST_F(Cli, ShowsHistories) {
  Create("past", kHello);
  ASSERT_EQ(Pawl("start past --name p --wait").code, 0);
  EXPECT_THAT(Pawl("history past/p").out,
              AllOf(HasSubstr("ExecutionStarted"), HasSubstr("PassStateEntered"),
                    HasSubstr("ExecutionSucceeded")));
  EXPECT_THAT(Pawl("history past/p --reverse --limit 1").out,
              AllOf(HasSubstr("ExecutionSucceeded"), Not(HasSubstr("ExecutionStarted"))));
  EXPECT_THAT(Pawl("history past/p --full").out, HasSubstr("\"greeting\": \"hi\""));
  const Value events = Json(Pawl("history past/p --json"));
  const Value::Elements& all = events.Find("events")->AsArray();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].Find("previousEventId")->AsDouble(), 0);
  EXPECT_EQ(all[1].Find("stateEnteredEventDetails")->Find("name")->AsString(), "Hello");
  const Ended followed = Pawl("history past/p --follow --json");
  EXPECT_EQ(std::vector<std::string>(absl::StrSplit(followed.out, '\n')).size(), 5U)
      << "an event a line";
}

TEST_F(Cli, ServesTasksWithAnyProgram) {
  Create("greet", R"({"StartAt":"Greet","States":{"Greet":{"Type":"Task","Resource":"pawl:Greet",
    "Retry":[{"ErrorEquals":["NotYet"],"IntervalSeconds":1,"MaxAttempts":1}],"End":true}}})");
  Write("greet.sh",
        "read input\n"
        "if [ \"$PAWL_ATTEMPT\" = 1 ]; then echo 'NotYet: once more' >&2; exit 1; fi\n"
        "case $input in *bad*) echo 'no such name' >&2; exit 7;; esac\n"
        "echo \"{\\\"input\\\":$input,\\\"state\\\":\\\"$PAWL_STATE\\\"}\"\n");
  pawl::testing::Process worker({Binary(), "worker", "--engine", engine_->address(), "--quiet",
                                 "--exec",
                                 absl::StrCat("Greet=sh ", folder_->path(), "/greet.sh")});
  ASSERT_TRUE(worker.Start().ok());
  const Ended greeted = Pawl("start greet --name g --wait --json --input '{\"id\":7}'");
  EXPECT_EQ(greeted.code, 0) << greeted.err;
  const Value output = *Json(greeted).Find("output");
  EXPECT_EQ(output.Find("input")->Find("id")->AsDouble(), 7);
  EXPECT_EQ(output.Find("state")->AsString(), "Greet");
  const Ended failed = Pawl("start greet --name h --wait --input '\"bad\"'");
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.err,
              AllOf(HasSubstr("FAILED"), HasSubstr("ExitCode.7"), HasSubstr("no such name")));
  EXPECT_THAT(Pawl("history greet/g").out, HasSubstr("RetryScheduled"));
  EXPECT_THAT(Pawl("history greet/g --aws").out, Not(HasSubstr("RetryScheduled")));
  EXPECT_THAT(Pawl("graph greet/g").out, HasSubstr("│ Greet   ✔ ↻1 │"));
  EXPECT_THAT(Pawl("graph greet/h --svg").out, AllOf(StartsWith("<svg"), HasSubstr("#d1343b")));
  EXPECT_THAT(Pawl("watch greet/g greet/h").out, HasSubstr("1 succeeded, 1 failed"));
  EXPECT_THAT(Pawl("cluster").out, HasSubstr("Greet"));
  EXPECT_EQ(worker.Stop(), 0);
}

TEST_F(Cli, TestsAStateWithRealWorkers) {
  Write("one.asl.json", R"({"StartAt":"Pay","States":{
    "Pay":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
      "Parameters":{"FunctionName":"pay","Payload":{"sum.$":"$.sum"}},
      "ResultSelector":{"paid.$":"$.Payload.sum"},"ResultPath":"$.receipt","Next":"Done",
      "Catch":[{"ErrorEquals":["TooMuch"],"Next":"Done"}]},
    "Done":{"Type":"Succeed"}}})");
  Write("pay.sh",
        "read input\n"
        "case $input in *100*) echo 'TooMuch: over the limit' >&2; exit 1;; esac\n"
        "echo $input\n");
  pawl::testing::Process worker({Binary(), "worker", "--engine", engine_->address(), "--quiet",
                                 "--exec", absl::StrCat("pay=sh ", folder_->path(), "/pay.sh")});
  ASSERT_TRUE(worker.Start().ok());
  Await("cluster", "pay");
  const std::string command = "machine test-state one.asl.json --state Pay --json --input ";
  const Value paid = Json(Pawl(command + "'{\"sum\":7}' --inspection-level debug"));
  EXPECT_EQ(ToJson(*paid.Find("output")), R"({"sum":7,"receipt":{"paid":7}})");
  EXPECT_EQ(paid.Find("nextState")->AsString(), "Done");
  EXPECT_EQ(ToJson(*paid.Find("inspectionData")->Find("afterResultSelector")), R"({"paid":7})");
  const Value refused = Json(Pawl(command + "'{\"sum\":100}'"));
  EXPECT_EQ(refused.Find("status")->AsString(), "CAUGHT_ERROR");
  EXPECT_THAT(Pawl(command + "'{\"sum\":1}' --engine 127.0.0.1:1").err, HasSubstr("--mock-result"));
  EXPECT_EQ(worker.Stop(), 0);
}

TEST_F(Cli, AnswersTasksByToken) {
  Create("approve", R"({"StartAt":"Ask","States":{"Ask":{"Type":"Task","TimeoutSeconds":600,
    "Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"token.$":"$$.Task.Token"},
    "End":true}}})");
  pawl::testing::Process worker({Binary(), "worker", "--engine", engine_->address(), "--quiet",
                                 "--exec", "sqs:sendMessage=true"});
  ASSERT_TRUE(worker.Start().ok());
  for (const char* name : {"yes", "no"}) {
    ASSERT_EQ(Pawl(absl::StrCat("start approve --name ", name)).code, 0);
    Await(absl::StrCat("show approve/", name), "waits for its task token");
  }
  const auto token = [](const std::string& name) {
    const Value shown = Json(Pawl(absl::StrCat("show approve/", name, " --json")));
    return shown.Find("openStates")->AsArray()[0].Find("taskToken")->AsString();
  };
  const std::string yes = token("yes");
  EXPECT_EQ(Pawl(absl::StrCat("task heartbeat ", yes)).code, 0);
  EXPECT_EQ(Pawl(absl::StrCat("task succeed ", yes, " --output '{\"approved\":true}'")).code, 0);
  EXPECT_THAT(Await("show approve/yes", "SUCCEEDED"), HasSubstr("\"approved\": true"));
  EXPECT_EQ(Pawl(absl::StrCat("task succeed ", yes)).code, 1) << "it is no longer open";
  EXPECT_EQ(Pawl("task fail - --error Rejected --cause 'too expensive'", token("no")).code, 0);
  EXPECT_THAT(Await("show approve/no", "FAILED"),
              AllOf(HasSubstr("Rejected"), HasSubstr("too expensive")));
}

TEST_F(Cli, TellsOfExpressExecutionsWhatThereIs) {
  Write("quick.asl.json",
        R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})");
  ASSERT_EQ(Pawl("machine create quick.asl.json --type express").code, 0);
  const std::string name =
      std::string(absl::StripAsciiWhitespace(Pawl("start quick --name q").out));
  EXPECT_THAT(name, StartsWith("quick/q:"));
  EXPECT_THAT(Pawl("show " + name).out, AllOf(HasSubstr("RUNNING"), HasSubstr("waits until")));
  EXPECT_THAT(Pawl("stop " + name).out, HasSubstr("just now"));
  EXPECT_THAT(Pawl("show " + name).out, AllOf(HasSubstr("ABORTED"), HasSubstr("engine's log"),
                                              Not(HasSubstr("waits until"))));
  EXPECT_THAT(Pawl("history " + name).err, HasSubstr("--express-log"));
  EXPECT_THAT(Pawl("history --follow " + name).err, HasSubstr("--express-log"));
}

TEST_F(Cli, ListsAndStops) {
  Create("sleep",
         R"({"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":600,"End":true}}})");
  ASSERT_EQ(Pawl("start sleep --name a-1").code, 0);
  ASSERT_EQ(Pawl("start sleep --name b-1").code, 0);
  EXPECT_EQ(Pawl("start sleep --name a-1").code, 0) << "the same start again finds it";
  EXPECT_THAT(Await("list sleep --status RUNNING --names", "a-1"), HasSubstr("sleep/b-1\n"));
  EXPECT_EQ(Pawl("list sleep --prefix a- --names").out, "sleep/a-1\n");
  EXPECT_EQ(Pawl("list sleep --since 1h --names --limit 1").out, "sleep/b-1\n");
  EXPECT_EQ(Pawl("list sleep --until 1h --names").out, "");
  EXPECT_THAT(Pawl("show sleep/a-1").out,
              AllOf(HasSubstr("where it stands"), HasSubstr("waits until")));
  EXPECT_EQ(Pawl("start sleep --name b-1 --wait --timeout 50ms").code, 7);
  EXPECT_EQ(Pawl("watch sleep/a-1 --timeout 50ms").code, 7);
  EXPECT_EQ(Pawl("stop sleep/a-1 sleep/b-1 --error Cancelled --cause 'by hand'").code, 0);
  EXPECT_THAT(Pawl("show sleep/a-1").out, AllOf(HasSubstr("ABORTED"), HasSubstr("by hand")));
  EXPECT_EQ(Json(Pawl("list sleep --status ABORTED --json")).AsArray().size(), 2U);
}

// Every kind of place where an execution can stand, looked at in every way.
TEST_F(Cli, LooksAtEveryKindOfOpenState) {
  const std::string task = R"("T":{"Type":"Task","Resource":"pawl:nobody","End":true})";
  const std::string block = absl::StrCat(R"("StartAt":"T","States":{)", task, "}");
  const std::string distributed =
      R"("Items":[1,2],"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":")";
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"task", absl::StrCat("{", block, "}")},
      {"callback",
       R"({"StartAt":"C","States":{"C":{"Type":"Task","End":true,"TimeoutSeconds":600,
          "Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken"}}})"},
      {"time", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})"},
      {"retry",
       R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
          "Retry":[{"ErrorEquals":["E"],"IntervalSeconds":600}],
          "Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}}]}}})"},
      {"parallel", absl::StrCat(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
          "Branches":[{)",
                                block, "}]}}}")},
      {"map", absl::StrCat(R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map",
          "Items":[1,2],"End":true,"ItemProcessor":{)",
                           block, "}}}}")},
      {"spread",
       absl::StrCat(R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map",)",
                    distributed, R"(STANDARD"},)", block, R"(},"End":true}}})")},
      {"quick-spread",
       absl::StrCat(R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map",)",
                    distributed, R"(EXPRESS"},)", block, R"(},"End":true}}})")},
      {"nested", R"({"StartAt":"N","States":{"N":{"Type":"Task","End":true,
          "Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":
          "arn:aws:states:us-east-1:000000000000:stateMachine:open-time"}}}})"},
  };
  std::string all;
  for (const auto& [kind, definition] : kinds) {
    Create("open-" + kind, definition);
    const std::string name = absl::StrCat("open-", kind, "/e");
    ASSERT_EQ(Pawl(absl::StrCat("start open-", kind, " --name e")).code, 0);
    Await("show " + name, "where it stands");
    for (const char* command : {"show", "show --json", "history", "history --aws --json", "graph",
                                "graph --svg", "graph --dot", "map list"}) {
      EXPECT_EQ(Pawl(absl::StrCat(command, " ", name)).code, 0) << command << " " << name;
    }
    absl::StrAppend(&all, " ", name);
  }
  EXPECT_THAT(Await("show open-nested/e", "waits for the execution"), HasSubstr("open-time/"));
  EXPECT_THAT(Await("show open-spread/e", "2 running"), HasSubstr("0/2 done"));
  EXPECT_EQ(Pawl("watch --timeout 100ms" + all).code, 7);
  EXPECT_EQ(Pawl("list --json").code, 0);
  EXPECT_EQ(Pawl("cluster").code, 0);
  EXPECT_EQ(Pawl("stop" + all).code, 0);
}

// Whatever the umask of the shell: histories are for the engine's user only.
TEST_F(Cli, DataFilesAreForTheOwnerOnly) {
  struct stat file = {};
  const std::string data = absl::StrCat(folder_->path(), "/data");
  ASSERT_EQ(stat(data.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(absl::StrCat(data, "/pawl.db").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

// A call that waits for minutes does not keep the engine from stopping.
TEST_F(Cli, OpenCallsDoNotOutliveTheDrain) {
  pawl::testing::EngineProcess::Options options;
  options.store = "memory:";
  options.flags = {"--drain=100ms"};
  pawl::testing::EngineProcess engine(options);
  ASSERT_TRUE(engine.Start().ok());
  const std::string at = absl::StrCat(" --engine ", engine.address());
  std::vector<std::unique_ptr<pawl::testing::Process>> callers;
  for (const char* type : {"standard", "express"}) {
    const std::string name = absl::StrCat("open-call-", type);
    Write(name + ".asl.json", absl::StrCat(R"({"StartAt":"T","States":{"T":{"Type":"Task",
        "Resource":"pawl:)",
                                           name, R"(","End":true}}})"));
    ASSERT_EQ(Pawl(absl::StrCat("machine create ", name, ".asl.json --type ", type, at)).code, 0);
    callers.push_back(std::make_unique<pawl::testing::Process>(
        std::vector<std::string>{Binary(), "start", name, "--wait", "--engine", engine.address()}));
    ASSERT_TRUE(callers.back()->Start().ok());
    Await("cluster" + at, name);
  }
  EXPECT_EQ(engine.Stop(), 0);
}

TEST_F(Cli, ExitCodesSayWhatIsWrong) {
  EXPECT_EQ(Pawl("show no/such").code, 4);
  EXPECT_EQ(Pawl("machine show nope").code, 4);
  EXPECT_EQ(Pawl("list --stauts RUNNING").code, 2);
  EXPECT_EQ(Pawl("frobnicate").code, 2);
  EXPECT_EQ(Pawl("show just-a-name").code, 2);
  EXPECT_EQ(Pawl("task succeed forged").code, 1);
  const Ended alone = Pawl("list --engine 127.0.0.1:1");
  EXPECT_EQ(alone.code, 3);
  EXPECT_THAT(alone.err, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("pawl-engine")));
}

TEST_F(Cli, ExplainsItself) {
  const Ended help = Pawl("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("machine create"), HasSubstr("Exit codes")));
  for (const char* command :
       {"start", "machine validate", "watch", "worker", "graph", "task succeed"}) {
    EXPECT_THAT(Pawl(absl::StrCat(command, " --help")).out, HasSubstr("Examples")) << command;
  }
  EXPECT_EQ(RunProgram({.command = absl::StrCat(Binary(), " completion bash | bash -n")}, {})->code,
            0);
}

}  // namespace
}  // namespace pawl::cli
