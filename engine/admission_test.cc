#include "engine/admission.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "engine/aws/error.h"
#include "persistence/memory/memory_store.h"

namespace pawl {
namespace {

using ::testing::HasSubstr;

constexpr char kLoopback[] = "127.0.0.1:0";

class ManualClock final : public runtime::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'700'000'000); }
  absl::Duration Steady() const override { return absl::Seconds(1); }
};

class AdmissionTest : public ::testing::Test {
 protected:
  ~AdmissionTest() override { std::filesystem::remove_all(folder_); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
  }
  std::string MasterKey() const { return Write("master", std::string(64, 'a')); }
  auto Open(const AdmissionFlags& flags) {
    return Admission::Open(flags, "us-east-1", &store_, &clock_);
  }
  std::string WhyNot(const AdmissionFlags& flags) {
    return std::string(Open(flags).status().message());
  }
  static std::string MakeFolder() {
    std::string path = absl::StrCat(::testing::TempDir(), "/pawl-admission-XXXXXX");
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }

  const std::string folder_ = MakeFolder();
  const ManualClock clock_;
  persistence::MemoryStore store_{{[] { return absl::FromUnixSeconds(1'700'000'000); }}};
};

TEST_F(AdmissionTest, WithoutFlagsEverybodyIsLetIn) {
  const auto admission = Open({});
  ASSERT_TRUE(admission.ok());
  EXPECT_EQ((*admission)->gate().authenticator, nullptr);
  EXPECT_EQ((*admission)->access_keys(), nullptr);
}

TEST_F(AdmissionTest, TheFirstKeyIsMadeOnceAndIsForItsOwnerOnly) {
  AdmissionFlags flags;
  flags.master_key_file = MasterKey();
  flags.admin_key_file = folder_ + "/admin-key";
  std::string first;
  {
    const auto admission = Open(flags);
    ASSERT_TRUE(admission.ok()) << admission.status();
    first = Read(flags.admin_key_file);
    struct stat file = {};
    ASSERT_EQ(stat(flags.admin_key_file.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u);
    const service::Gate gate((*admission)->gate(), &clock_, "000000000000");
    const auto context = gate.Admit(auth::BearerText{first}, {});
    ASSERT_TRUE(context.ok()) << context.status();
    EXPECT_TRUE(gate.Check(*context, "CreateKey", "ci").ok());
    EXPECT_TRUE(absl::IsUnauthenticated(gate.Admit(auth::NoCredentials(), {}).status()));
  }
  const auto again = Open(flags);
  EXPECT_EQ((*again)->access_keys()->List().size(), 1u);
  EXPECT_EQ(Read(flags.admin_key_file), first);
  std::filesystem::remove(flags.admin_key_file);
  const auto lost = Open(flags);  // whoever has the master key and the store is not locked out
  EXPECT_EQ((*lost)->access_keys()->List().size(), 2u);
}

TEST_F(AdmissionTest, AKeyThatCannotBeWrittenIsRevoked) {
  AdmissionFlags flags;
  flags.master_key_file = MasterKey();
  flags.admin_key_file = folder_ + "/none/admin-key";
  EXPECT_THAT(WhyNot(flags), HasSubstr("cannot be written"));
  flags.admin_key_file = folder_ + "/admin-key";
  const auto admission = Open(flags);
  ASSERT_TRUE(admission.ok());
  int valid = 0;
  for (const auto& info : (*admission)->access_keys()->List()) {
    valid += info.key.IsValid(clock_.Now()) ? 1 : 0;
  }
  EXPECT_EQ(valid, 1);
}

TEST_F(AdmissionTest, CallersWithoutCredentialsMayDoWhatTheFlagSays) {
  AdmissionFlags flags;
  flags.master_key_file = MasterKey();
  flags.anonymous = {"metrics"};
  const auto admission = Open(flags);
  ASSERT_TRUE(admission.ok());
  const service::Gate gate((*admission)->gate(), &clock_, "000000000000");
  const auto context = gate.Admit(auth::NoCredentials(), {});
  ASSERT_TRUE(context.ok());
  EXPECT_TRUE(gate.Check(*context, "GetMetrics", "").ok());
  EXPECT_FALSE(gate.Check(*context, "ListStateMachines", "").ok());
}

TEST_F(AdmissionTest, WrongFilesAreNamedWithTheirFlag) {
  AdmissionFlags flags;
  flags.master_key_file = Write("bad", "secret-text");
  EXPECT_THAT(WhyNot(flags), AllOf(HasSubstr("--master-key-file"), Not(HasSubstr("secret-text"))));
  flags.master_key_file = MasterKey();
  flags.token_provider_file = folder_ + "/none";
  EXPECT_THAT(WhyNot(flags), AllOf(HasSubstr("--token-provider"), HasSubstr("none")));
  flags.token_provider_file.clear();
  flags.certificate_rules_file = Write("rules", "{}");
  EXPECT_THAT(WhyNot(flags), HasSubstr("--certificate-rules"));
  flags.certificate_rules_file.clear();
  flags.anonymous = {"everything"};
  EXPECT_THAT(WhyNot(flags), HasSubstr("--anonymous"));
  flags.anonymous.clear();
  flags.audit_log = folder_ + "/none/audit";
  EXPECT_THAT(WhyNot(flags), HasSubstr("--audit-log"));
}

TEST(CheckAdmission, OnlyLoopbackIsOpenToEverybody) {
  AdmissionFlags flags;
  for (const char* listen : {"127.0.0.1:7233", "[::1]:7233", "localhost:1", "127.3.2.1:0"}) {
    EXPECT_TRUE(CheckAdmission(flags, listen, kLoopback).ok()) << listen;
  }
  for (const char* listen :
       {"0.0.0.0:7233", "[::]:7233", "10.0.0.1:1", "engine.example:1", "127.engine.example:1"}) {
    const absl::Status refused = CheckAdmission(flags, listen, kLoopback);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("--insecure")) << listen;
    EXPECT_FALSE(CheckAdmission(flags, kLoopback, listen).ok()) << listen;
  }
  flags.is_insecure = true;
  EXPECT_TRUE(CheckAdmission(flags, "0.0.0.0:1", "0.0.0.0:2").ok());
  flags.is_insecure = false;
  flags.master_key_file = "k";
  EXPECT_TRUE(CheckAdmission(flags, "0.0.0.0:1", "0.0.0.0:2").ok());
}

TEST(CheckAdmission, FlagsThatContradictEachOtherAreRefused) {
  const auto why = [](auto set) {
    AdmissionFlags flags;
    set(&flags);
    return std::string(CheckAdmission(flags, kLoopback, kLoopback).message());
  };
  EXPECT_THAT(why([](auto* f) { f->admin_key_file = "a"; }), HasSubstr("--master-key-file"));
  EXPECT_THAT(why([](auto* f) { f->anonymous = {"reader"}; }), HasSubstr("--anonymous"));
  EXPECT_THAT(why([](auto* f) { f->tls_key_file = "k"; }), HasSubstr("--tls-certificate"));
  EXPECT_THAT(why([](auto* f) { f->tls_client_ca_file = "k"; }), HasSubstr("--tls-client-ca"));
  EXPECT_THAT(why([](auto* f) { f->certificate_rules_file = "k"; }), HasSubstr("--tls-client-ca"));
  EXPECT_THAT(why([](auto* f) { f->master_key = f->master_key_file = "k"; }), HasSubstr("both"));
}

}  // namespace
}  // namespace pawl
