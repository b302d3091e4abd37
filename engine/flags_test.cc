#include "engine/flags.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "engine/flag_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ErrorOf(const std::vector<std::string>& arguments) {
  EngineFlags flags;
  return std::string(ParseFlags(arguments, &flags).message());
}

// The environment is the process's: a variable lives for one scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    setenv(name, value, 1);  // NOLINT(concurrency-mt-unsafe)
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }  // NOLINT(concurrency-mt-unsafe)

 private:
  const char* const name_;
};

TEST(EngineFlags, TakeBothForms) {
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--store=memory:", "--lease", "3s", "--verify-replay"}, &flags).ok());
  EXPECT_EQ(flags.store, "memory:");
  EXPECT_EQ(flags.runtime.lease, absl::Seconds(3));
  EXPECT_TRUE(flags.runtime.verify_replay);
}

TEST(EngineFlags, EnvironmentIsOverruledByTheCommandLine) {
  const Variable states("PAWL_MAX_STATES", "7");
  const Variable region("PAWL_REGION", "eu-west-1");
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--max-states=9"}, &flags).ok());
  EXPECT_EQ(flags.runtime.compile.max_states, 9);
  EXPECT_EQ(flags.runtime.region, "eu-west-1");
}

TEST(EngineFlags, ASwitchIsOffByEveryWordForOff) {
  for (const char* word : {"false", "0", "off", "no", "FALSE", "Off", "NO"}) {
    const Variable is_private("PAWL_HTTP_ALLOW_PRIVATE", word);
    const Variable tokens("PAWL_SHOW_TASK_TOKENS", word);
    const Variable limits("PAWL_AWS_LIMITS", word);
    EngineFlags flags;
    ASSERT_TRUE(ParseFlags({}, &flags).ok()) << word;
    EXPECT_FALSE(flags.http_allows_private) << word;
    EXPECT_FALSE(flags.shows_task_tokens) << word;
    EXPECT_NE(flags.runtime.limits.max_payload_bytes, 262'144u) << word;
  }
  for (const char* word : {"true", "1", "on", "yes", "TRUE", "On"}) {
    const Variable tokens("PAWL_SHOW_TASK_TOKENS", word);
    EngineFlags flags;
    ASSERT_TRUE(ParseFlags({}, &flags).ok()) << word;
    EXPECT_TRUE(flags.shows_task_tokens) << word;
  }
}

TEST(EngineFlags, ASwitchRefusesWhatIsNoBoolean) {
  for (const char* word : {"", " ", "nope", "disabled", "2"}) {
    const Variable is_private("PAWL_HTTP_ALLOW_PRIVATE", word);
    EXPECT_THAT(ErrorOf({}), AllOf(HasSubstr("PAWL_HTTP_ALLOW_PRIVATE"),
                                   HasSubstr("true, false, 1, 0, on, off, yes or no")))
        << word;
  }
  EXPECT_THAT(ErrorOf({"--aws-limits=maybe"}), HasSubstr("--aws-limits: 'maybe' is not valid"));
}

TEST(EngineFlags, AwsLimitsAreOverruledByWhatFollows) {
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--aws-limits", "--max-history-events=9"}, &flags).ok());
  EXPECT_EQ(flags.runtime.limits.max_payload_bytes, 262'144u);
  EXPECT_EQ(flags.runtime.max_input_bytes, 262'144u);
  EXPECT_EQ(flags.runtime.limits.max_history_events, 9);
}

TEST(EngineFlags, MistakesNameTheFlagAndTheRemedy) {
  const struct {
    const char* argument;
    const char* expected;
  } cases[] = {
      {"--nope", "--help"},
      {"--store", "needs a value"},
      {"--store=", "--store: '' is not valid"},
      {"--max-states=many", "a whole number from 1 to 1000000"},
      {"--max-states=0", "a whole number from 1 to 1000000"},
      {"--http-concurrency=1001", "a whole number from 1 to 1000"},
      {"--http-host-concurrency=0", "a whole number from 1 to 1000"},
      {"--max-payload-bytes=12", "a whole number from 1024 to 1073741824"},
      {"--memory-limit=1", "a whole number from 1048576 to"},
      {"--lease=1ns", "from 1s to 1h"},
      {"--lease=-1s", "from 1s to 1h"},
      {"--lease=inf", "from 1s to 1h"},
      {"--lease=87600000h", "from 1s to 1h"},
      {"--drain=inf", "from 0 to 1h"},
      {"--park-after=0", "from 1ms to 24h"},
      {"--relatives-check=1ms", "from 100ms to 168h"},
      {"--received-timeout=1h", "from 10ms to 10m"},
      {"--reconnect-grace=2h", "from 1ms to 1h"},
      {"--ping-interval=1ns", "from 10ms to 10m"},
      {"--max-express-duration=inf", "from 1ms to 24h"},
      {"--listen=127.0.0.1:99999", "a port from 0 to 65535"},
      {"--listen=127.0.0.1", "HOST:PORT"},
      {"--listen=:7233", "HOST:PORT"},
      {"--listen=a:b:7233", "HOST:PORT"},
      {"--http-listen=127.0.0.1:-1", "a port from 0 to 65535"},
      {"--http-listen=127.0.0.1:", "HOST:PORT"},
      {"--account=a:b/c", "12 digits"},
      {"--account=12345", "12 digits"},
      {"--region=eu central", "lower-case letters"},
      {"--region=a:b", "lower-case letters"},
      {"--http-invoke=nobody", "one of engine, workers"},
      {"--log-level=loud", "one of info, warning, error"},
  };
  for (const auto& one : cases) {
    const std::string flag =
        std::string(one.argument).substr(0, std::string(one.argument).find('='));
    EXPECT_THAT(ErrorOf({one.argument}), AllOf(HasSubstr(flag), HasSubstr(one.expected)))
        << one.argument;
  }
}

TEST(EngineFlags, BordersOfRangesAreInside) {
  EngineFlags flags;
  const absl::Status status =
      ParseFlags({"--lease=1s", "--drain=0", "--listen=[::1]:65535", "--http-listen=localhost:0",
                  "--account=123456789012", "--region=ap-southeast-2", "--http-host-concurrency=1"},
                 &flags);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(EngineFlags, AHostHasAQuarterOfTheCallsUnlessItIsSaid) {
  EngineFlags flags, few, said;
  ASSERT_TRUE(ParseFlags({}, &flags).ok());
  EXPECT_EQ(flags.http_host_concurrency, 8);
  ASSERT_TRUE(ParseFlags({"--http-concurrency=2"}, &few).ok());
  EXPECT_EQ(few.http_host_concurrency, 1);
  ASSERT_TRUE(ParseFlags({"--http-host-concurrency=5"}, &said).ok());
  EXPECT_EQ(said.http_host_concurrency, 5);
}

TEST(EngineFlags, NoMessageHoldsAPassword) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"mysql://u:s3cretpw@h/d"},
        {"--stor=postgres://u:s3cretpw@h/d"},
        {"--listen", "postgres://u:s3cretpw@h/d"},
        {"--stor", "postgres://u:s3cretpw@h/d"}}) {
    const std::string error = ErrorOf(arguments);
    EXPECT_THAT(error, Not(HasSubstr("s3cretpw"))) << error;
    EXPECT_NE(error, "");
  }
}

TEST(EngineFlags, MissingFilesOfHttpInvokeAreRefusedAtStart) {
  EngineFlags flags;
  EXPECT_TRUE(CheckHttpFiles(flags).ok());
  const std::string folder = ::testing::TempDir();
  flags.http_connections = folder + "/not-there";
  EXPECT_THAT(std::string(CheckHttpFiles(flags).message()),
              AllOf(HasSubstr("--http-connections: '" + folder + "/not-there'"),
                    HasSubstr("No such file"), HasSubstr("NAME.json")));
  flags.http_connections = folder;
  EXPECT_TRUE(CheckHttpFiles(flags).ok());
  flags.http_ca_file = folder + "/no-ca.pem";
  std::remove(flags.http_ca_file.c_str());
  EXPECT_THAT(std::string(CheckHttpFiles(flags).message()),
              AllOf(HasSubstr("--http-ca-file: '"), HasSubstr("No such file"), HasSubstr("PEM")));
  std::ofstream(flags.http_ca_file) << "hello\n";
  EXPECT_THAT(std::string(CheckHttpFiles(flags).message()), HasSubstr("holds no certificate"));
  std::ofstream(flags.http_ca_file) << "-----BEGIN CERTIFICATE-----\n";
  EXPECT_TRUE(CheckHttpFiles(flags).ok());
  flags.http_ca_file = folder + "/gone.pem";
  flags.runs_http = false;
  EXPECT_TRUE(CheckHttpFiles(flags).ok());
}

TEST(EngineFlags, ExecutionLogsHaveADestination) {
  EngineFlags flags;
  EXPECT_EQ(flags.execution_logs.destination, "off");
  ASSERT_TRUE(ParseFlags({"--execution-logs=folder:/var/log/pawl", "--execution-log-files=3",
                          "--execution-log-max-bytes=8192", "--execution-log-queue-bytes=65536"},
                         &flags)
                  .ok());
  EXPECT_EQ(flags.execution_logs.destination, "folder:/var/log/pawl");
  EXPECT_EQ(flags.execution_logs.kept_files, 3);
  EXPECT_EQ(flags.execution_logs.max_file_bytes, 8192);
  EXPECT_EQ(flags.execution_logs.max_queued_bytes, 65'536U);
  EXPECT_THAT(std::string(ParseFlags({"--execution-logs=/var/log/pawl"}, &flags).message()),
              AllOf(HasSubstr("--execution-logs"), HasSubstr("folder:PATH")));
}

TEST(EngineFlags, HelpListsEveryDefault) {
  const std::string help = HelpText();
  for (const char* text : {"--max-payload-bytes N", "[1048576]", "--store URL", "Exit codes",
                           "PAWL_STORE", "PGPASSFILE"}) {
    EXPECT_THAT(help, HasSubstr(text));
  }
}

}  // namespace
}  // namespace pawl
