// What executions log by their machine's loggingConfiguration, when, and where it is written.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "engine/runtime/engine_fixture.h"
#include "engine/runtime/execution_log_writer.h"
#include "engine/value/json.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kGroup[] = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/orders:*";
constexpr char kPass[] =
    R"({"StartAt":"P","States":{"P":{"Type":"Pass","Result":"secret","End":true}}})";
constexpr char kWait[] = R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"Next":"T"},
  "T":{"Type":"Task","Resource":"pawl:broken","End":true}}})";

// Keeps what is written, and looks at the store meanwhile.
class Notebook final : public ExecutionLog {
 public:
  void Write(LoggedTransition transition) override {
    if (on_write) on_write(transition);
    for (const core::Event& event : transition.events) {
      types.push_back(std::string(core::InfoOf(event.type).name));
      std::string line;
      core::AppendLogLine(event, transition.style, &line);
      lines.push_back(line);
    }
    transitions.push_back(std::move(transition));
  }
  std::vector<std::string> types, lines;
  std::vector<LoggedTransition> transitions;
  std::function<void(const LoggedTransition&)> on_write;
};

class ExecutionLogTest : public EngineFixture {
 protected:
  ExecutionLogTest() {
    options_.log = &log_;
    Restart();
    engine_->Serve("broken", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
      respond.Fail("Broken", "by the test");
    });
  }
  MachineAdmin Admin() { return MachineAdmin(&options_.runtime, &engine_->node().machines()); }
  void CreateLogging(const std::string& name, const std::string& definition,
                     const std::string& level, bool includes_data,
                     const std::string& type = "STANDARD") {
    NewMachine machine;
    machine.definition = definition;
    machine.type = type;
    machine.settings.logging = Logging(level, includes_data);
    std::vector<asl::Diagnostic> diagnostics;
    const auto created =
        Admin().Create(&memory_, {options_.runtime.account, name}, machine, Now(), &diagnostics);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  static LoggingConfiguration Logging(const std::string& level, bool includes_data) {
    LoggingConfiguration logging;
    logging.level = level;
    logging.includes_execution_data = includes_data;
    logging.log_groups = {kGroup};
    return logging;
  }
  void Run(const std::string& machine, const std::string& name = "e") {
    const auto ref = engine_->Start(machine, name, "{}");
    ASSERT_TRUE(ref.ok()) << ref.status();
    ref_ = *ref;
    engine_->RunUntilClosed(ref_, absl::Hours(1));
  }

  Notebook log_;
  persistence::ExecutionRef ref_;
};

TEST_F(ExecutionLogTest, LevelsChooseTheEvents) {
  const struct {
    std::string level;
    std::vector<std::string> types;
  } cases[] = {
      {"ALL",
       {"ExecutionStarted", "WaitStateEntered", "WaitStateExited", "TaskStateEntered",
        "TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"}},
      {"ERROR", {"TaskFailed", "ExecutionFailed"}},
      {"FATAL", {"ExecutionFailed"}},
      {"OFF", {}},
  };
  for (const auto& c : cases) {
    log_ = {};
    CreateLogging("m" + c.level, kWait, c.level, false);
    Run("m" + c.level);
    EXPECT_EQ(log_.types, c.types) << c.level;
  }
}

TEST_F(ExecutionLogTest, MachinesWithoutLoggingLogNothing) {
  Create("quiet", kPass);
  Run("quiet");
  EXPECT_THAT(log_.transitions, IsEmpty());
}

TEST_F(ExecutionLogTest, DataOnlyWhereItIsIncluded) {
  CreateLogging("with", kPass, "ALL", true);
  CreateLogging("without", kPass, "ALL", false);
  Run("with");
  ASSERT_THAT(log_.lines, SizeIs(4));
  EXPECT_THAT(log_.lines[3], HasSubstr(R"("details":{"output":"\"secret\"")"));
  EXPECT_EQ(log_.transitions[0].ns, "000000000000");
  EXPECT_EQ(log_.transitions[0].style.log_group, "/aws/orders");
  log_.lines.clear();
  Run("without");
  ASSERT_THAT(log_.lines, SizeIs(4));
  EXPECT_THAT(log_.lines[3], HasSubstr(R"("details":{},"previous_event_id":"3")"));
  EXPECT_THAT(
      log_.lines[3],
      HasSubstr("arn:aws:states:us-east-1:000000000000:execution:without:e\",\"redrive_count\""));
}

TEST_F(ExecutionLogTest, ExpressExecutionsLogAsWell) {
  CreateLogging("quick", kPass, "ALL", true, "EXPRESS");
  Run("quick");
  EXPECT_THAT(log_.types, ElementsAre("ExecutionStarted", "PassStateEntered", "PassStateExited",
                                      "ExecutionSucceeded"));
  EXPECT_THAT(log_.lines[0], HasSubstr(":express:quick:e:"));
  bool has_ended = false;
  engine_->node().Start(
      aws::MachineId{"000000000000", "quick"}, "sync", *Payload::FromText("{}"),
      [](const absl::StatusOr<StartResult>& started) { EXPECT_TRUE(started.ok()); },
      [&](const core::Execution&) { has_ended = true; });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(has_ended);
  EXPECT_THAT(log_.types, SizeIs(8));
}

TEST_F(ExecutionLogTest, AnExecutionKeepsTheSettingsThatItStartedWith) {
  CreateLogging("m", kWait, "ALL", false);
  const auto first = engine_->Start("m", "first", "{}");
  ASSERT_TRUE(first.ok());
  const size_t before = log_.types.size();
  MachineUpdate update;
  update.logging = Logging("OFF", false);
  std::vector<asl::Diagnostic> diagnostics;
  ASSERT_TRUE(Admin().Update(&memory_, {"000000000000", "m"}, update, Now(), &diagnostics).ok());
  const auto second = engine_->Start("m", "second", "{}");
  ASSERT_TRUE(second.ok());
  EXPECT_THAT(log_.types, SizeIs(before));
  // From the store as well.
  Restart();
  engine_->Serve("broken", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Fail("Broken", "by the test");
  });
  engine_->RunUntilClosed(*first, absl::Hours(1));
  engine_->RunUntilClosed(*second, absl::Hours(1));
  ASSERT_GT(log_.types.size(), before);
  EXPECT_EQ(log_.types.back(), "ExecutionFailed");
  for (const std::string& line : log_.lines) EXPECT_THAT(line, HasSubstr(":m:first"));
}

TEST_F(ExecutionLogTest, LinesFollowTheirCommits) {
  CreateLogging("m", kWait, "ALL", false);
  int checked = 0;
  log_.on_write = [&](const LoggedTransition& transition) {
    if (ref_.id == 0) return;  // of the start
    const auto stored = engine_->History(ref_);
    ASSERT_TRUE(stored.ok()) << stored.status();
    bool is_stored = false;
    for (const core::Event& event : *stored) {
      is_stored = is_stored || event.id == transition.events.back().id;
    }
    EXPECT_TRUE(is_stored);
    ++checked;
  };
  Run("m");
  EXPECT_GE(checked, 2);
}

TEST_F(ExecutionLogTest, RedrivesAreCounted) {
  CreateLogging("m", kWait, "ERROR", false);
  Run("m");
  EXPECT_THAT(log_.lines.back(), HasSubstr("\"redrive_count\":\"0\""));
  engine_->node().Redrive(
      ref_, "", [](const absl::StatusOr<absl::Time>& at) { EXPECT_TRUE(at.ok()) << at.status(); });
  engine_->RunFor(absl::Minutes(5));
  EXPECT_THAT(log_.types, SizeIs(4));
  EXPECT_THAT(log_.lines.back(), HasSubstr("\"redrive_count\":\"1\""));
}

TEST_F(ExecutionLogTest, ChildrenOfADistributedMapLogToItsGroup) {
  CreateLogging("m", R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","End":true,
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})",
                "ALL", false);
  const auto ref = engine_->Start("m", "e", "[1,2]");
  ASSERT_TRUE(ref.ok()) << ref.status();
  EXPECT_TRUE(engine_->RunUntilClosed(*ref, absl::Hours(1)));
  size_t of_children = 0;
  for (const std::string& line : log_.lines) {
    if (absl::StrContains(line, ":express:m/L:")) ++of_children;
  }
  EXPECT_EQ(of_children, 8u);
}

// --- where lines are written

std::string TempPath(const std::string& name) {
  const std::string path = testing::TempDir() + "/pawl-execution-log-" + name;
  std::filesystem::remove_all(path);
  return path;
}

std::vector<std::string> LinesIn(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return absl::StrSplit(text.str(), '\n', absl::SkipEmpty());
}

LoggedTransition Logged(const std::string& group, int events = 1) {
  LoggedTransition transition;
  transition.ns = "000000000000";
  transition.style.log_group = group;
  transition.style.execution_arn = "arn:e";
  transition.held_bytes = static_cast<size_t>(events) * 100;
  for (int i = 1; i <= events; ++i) {
    core::Event event;
    event.type = core::EventType::kExecutionSucceeded;
    event.details = core::ExecutionSucceeded{};
    event.id = core::EventId(i);
    event.time = absl::FromUnixMillis(5);
    transition.events.push_back(event);
  }
  return transition;
}

TEST(ExecutionLogWriter, AFileHoldsAllGroupsAndNamesThem) {
  const std::string path = TempPath("file");
  auto writer = ExecutionLogWriter::Open({.destination = "file:" + path}, [](auto) {});
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->Write(Logged("a", 2));
  (*writer)->Write(Logged("b"));
  (*writer)->Flush();
  EXPECT_THAT(LinesIn(path),
              ElementsAre(HasSubstr("\"log_group\":\"a\""), HasSubstr("\"log_group\":\"a\""),
                          HasSubstr("\"log_group\":\"b\"")));
}

TEST(ExecutionLogWriter, AFolderHoldsAFileForEachGroup) {
  const std::string path = TempPath("folder");
  auto writer = ExecutionLogWriter::Open({.destination = "folder:" + path}, [](auto) {});
  ASSERT_TRUE(writer.ok()) << writer.status();
  (*writer)->Write(Logged("a", 2));
  (*writer)->Write(Logged("../../b"));
  (*writer)->Flush();
  EXPECT_THAT(LinesIn(path + "/000000000000/a.jsonl"), SizeIs(2));
  EXPECT_THAT(
      LinesIn(path + "/000000000000/%2E.%2F..%2Fb.jsonl"),
      ElementsAre(R"({"id":"1","type":"ExecutionSucceeded","details":{},"previous_event_id":"0",)"
                  R"("event_timestamp":"5","execution_arn":"arn:e","redrive_count":"0"})"));
}

TEST(ExecutionLogWriter, AFullDiskIsSaidAndCounted) {
  std::vector<std::string> warnings;
  {
    auto writer =
        ExecutionLogWriter::Open({.destination = "file:/dev/full"},
                                 [&](absl::string_view text) { warnings.emplace_back(text); });
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (int i = 0; i < 3; ++i) {
      (*writer)->Write(Logged("a", 2));
      (*writer)->Flush();
    }
    EXPECT_EQ((*writer)->stats().missing, 6);
    EXPECT_EQ((*writer)->stats().written, 0);
  }
  EXPECT_THAT(warnings,
              ElementsAre("the execution log /dev/full cannot be written: No space left on device; "
                          "executions go on and events are missing in it"));
}

TEST(ExecutionLogWriter, DestinationsAreChecked) {
  for (const char* wrong : {"", "on", "/var/log/x", "file:", "folder:", "stdout:", "s3:x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckLogDestination(wrong))) << wrong;
    EXPECT_FALSE(ExecutionLogWriter::Open({.destination = wrong}, [](auto) {}).ok()) << wrong;
  }
  const auto off = ExecutionLogWriter::Open({}, [](auto) {});
  ASSERT_TRUE(off.ok());
  EXPECT_EQ(*off, nullptr);
  EXPECT_THAT(std::string(ExecutionLogWriter::Open({.destination = "file:/none/x"}, [](auto) {})
                              .status()
                              .message()),
              HasSubstr("the execution log /none/x cannot be opened"));
}

}  // namespace
}  // namespace pawl::runtime
