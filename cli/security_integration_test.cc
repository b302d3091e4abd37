// A closed engine over TLS: who is let in, what they may do, and what is written down.
#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/cli_fixture.h"
#include "pawl/worker.h"
#include "tests/support/certificates.h"

namespace pawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:charge","End":true}}})";

class Security : public ::testing::Test {
 protected:
  Security() {
    Write("master", std::string(64, 'a'));
    Write("rules", R"([{"subject":"CN=ops","namespace":"*","policies":["operator"]}])");
    const testing::CertificateFiles files = authority_.Issue("engine", "engine");
    testing::EngineProcess::Options options;
    options.store = absl::StrCat("sqlite:", Path("data"));
    options.log_path = Path("log");
    options.flags = {"--master-key-file",   Path("master"),
                     "--admin-key",         Path("admin"),
                     "--certificate-rules", Path("rules"),
                     "--tls-client-ca",     authority_.file(),
                     "--tls-certificate",   files.certificate,
                     "--tls-key",           files.key,
                     "--audit-log",         Path("audit"),
                     "--ping-interval",     "50ms",
                     "--object-store",      absl::StrCat("folder:", Path("objects"))};
    engine_ = std::make_unique<testing::EngineProcess>(options);
    EXPECT_TRUE(engine_->Start().ok());
  }
  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  Ended Pawl(const std::string& arguments) const {
    const auto result =
        RunProgram({.command = absl::StrCat("cd ", folder_.path(), " && exec ",
                                            testing::BinFolder(), "/pawl ", arguments),
                    .input = "",
                    .environment = {{"PAWL_ENGINE", engine_->address()},
                                    {"PAWL_CA_FILE", authority_.file()},
                                    {"PAWL_CONFIG", Path("config")}},
                    .deadline = absl::Now() + absl::Minutes(1)},
                   {});
    EXPECT_TRUE(result.ok()) << result.status();
    return {result->code, result->output, result->errors};
  }
  Ended AsAdmin(const std::string& arguments) const {
    return Pawl(absl::StrCat(arguments, " --token-file admin"));
  }
  // The id of a new key, whose token is in the file of that name.
  std::string MakeKey(const std::string& name, const std::string& policy) const {
    const Ended made = AsAdmin(
        absl::StrCat("key create --json --name ", name, " --policy ", policy, " -o ", name));
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(ParseJson(made.out)->Find("secret"), nullptr);
    return ParseJson(made.out)->Find("key")->Find("id")->AsString();
  }
  ConnectOptions ConnectAs(const std::string& key) const {
    ConnectOptions connect;
    connect.addresses = {engine_->address()};
    connect.tls.emplace();
    connect.tls->ca_file = authority_.file();
    connect.token_file = Path(key);
    return connect;
  }
  // Asks until `text` stands in what the command prints.
  void Await(const std::string& arguments, const std::string& text) const {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    while (absl::Now() < until) {
      if (absl::StrContains(AsAdmin(arguments).out, text)) return;
      absl::SleepFor(absl::Milliseconds(20));
    }
    FAIL() << arguments << " never showed " << text;
  }

  const testing::TempFolder folder_;
  const testing::TestAuthority authority_{folder_.path()};
  std::unique_ptr<testing::EngineProcess> engine_;
};

TEST_F(Security, OnlyThoseWithCredentialsAreLetIn) {
  const Ended stranger = Pawl("list");
  EXPECT_EQ(stranger.code, 1);
  EXPECT_THAT(stranger.err,
              AllOf(HasSubstr("Missing Authentication Token"), HasSubstr("--token-file")));
  Write("forged", absl::StrCat(Read("admin").substr(0, 21), std::string(40, 'x')));
  EXPECT_THAT(Pawl("list --token-file forged").err, HasSubstr("security token"));
  EXPECT_EQ(AsAdmin("list").code, 0);
  // A certificate is an identity, too.
  const testing::CertificateFiles ops = authority_.Issue("ops", "ops");
  const std::string shown =
      absl::StrCat(" --certificate-file ", ops.certificate, " --key-file ", ops.key);
  EXPECT_EQ(Pawl("list" + shown).code, 0);
  EXPECT_THAT(Pawl("key list" + shown).err, HasSubstr("certificate/CN=ops is not authorized"));
  const testing::CertificateFiles eve = authority_.Issue("eve", "eve");
  EXPECT_EQ(
      Pawl(absl::StrCat("list --certificate-file ", eve.certificate, " --key-file ", eve.key)).code,
      1);
}

TEST_F(Security, KeysMayDoWhatTheirPoliciesSay) {
  Write("m.asl.json", kTask);
  ASSERT_EQ(AsAdmin("machine create m m.asl.json").code, 0);
  MakeKey("viewer", "reader");
  EXPECT_EQ(Pawl("machine list --token-file viewer").code, 0);
  const Ended denied = Pawl("start m --token-file viewer");
  EXPECT_EQ(denied.code, 1);
  EXPECT_THAT(denied.err, HasSubstr("key/viewer is not authorized to perform: "
                                    "states:StartExecution on resource: "
                                    "arn:aws:states:us-east-1:000000000000:stateMachine:m"));
  EXPECT_THAT(Pawl("key create --name x --policy admin --token-file viewer").err,
              HasSubstr("pawl:CreateKey"));
  const std::string audit = Read("audit");
  EXPECT_THAT(audit, AllOf(HasSubstr("\"CreateStateMachine\""), HasSubstr("\"StartExecution\""),
                           HasSubstr("ACCESS_DENIED"), HasSubstr("key/viewer")));
  EXPECT_THAT(audit,
              Not(HasSubstr(std::string(absl::StripAsciiWhitespace(Read("viewer").substr(21))))));
}

TEST_F(Security, WorkersServeTheirQueuesUntilTheirKeyIsRevoked) {
  Write("m.asl.json", kTask);
  ASSERT_EQ(AsAdmin("machine create m m.asl.json").code, 0);
  const std::string id = MakeKey("worker", "worker:charge");
  Handlers handlers;
  handlers.Add("charge", [](const Task&) { return Succeed("{}"); });
  Worker worker(std::move(handlers), ConnectAs("worker"));
  ASSERT_TRUE(worker.Start().ok());
  EXPECT_EQ(AsAdmin("start m --wait --timeout 30s").code, 0);
  // A stream that stands is ended, too.
  ASSERT_EQ(AsAdmin(absl::StrCat("key revoke ", id)).code, 0);
  Await("cluster --json", "\"connectedWorkers\":1");  // the engine's own, for http:invoke
  ASSERT_EQ(AsAdmin("start m --name waits").code, 0);
  EXPECT_EQ(AsAdmin("watch m/waits --timeout 300ms").code, 7);
  static_cast<void>(worker.Stop(absl::ZeroDuration()));
}

TEST_F(Security, WorkersOfOtherQueuesGetNothing) {
  MakeKey("worker", "worker:other");
  Handlers handlers;
  handlers.Add("charge", [](const Task&) { return Succeed("{}"); });
  WorkerOptions options;
  absl::Mutex mutex;
  std::string log;
  options.log = [&](const std::string& line) {
    absl::MutexLock lock(&mutex);
    log += line;
  };
  Worker worker(std::move(handlers), ConnectAs("worker"), std::move(options));
  ASSERT_TRUE(worker.Start().ok());
  const auto is_refused = [&] { return absl::StrContains(log, "pawl:WorkOnQueue"); };
  {
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&is_refused), absl::Seconds(30))) << log;
  }
  static_cast<void>(worker.Stop(absl::ZeroDuration()));
}

TEST_F(Security, TheEngineComesBackWithItsKeys) {
  const std::string id = MakeKey("viewer", "reader");
  engine_->Kill();
  ASSERT_TRUE(engine_->Start().ok());
  EXPECT_EQ(Pawl("list --token-file viewer").code, 0);
  ASSERT_EQ(AsAdmin(absl::StrCat("key revoke ", id)).code, 0);
  engine_->Kill();
  ASSERT_TRUE(engine_->Start().ok());
  EXPECT_EQ(Pawl("list --token-file viewer").code, 1);
  EXPECT_EQ(AsAdmin(absl::StrCat("key delete ", id)).code, 0);
}

}  // namespace
}  // namespace pawl::cli
