#include "engine/auth/audit_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "engine/auth/actions.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"

namespace pawl::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

AuditEntry Entry(const std::string& resource = "order") {
  AuditEntry entry;
  entry.time = absl::FromUnixMillis(1'800'000'000'123);
  entry.principal = "key/ci";
  entry.ns = "000000000000";
  entry.source = "10.0.0.1:4711";
  entry.operation = "StartExecution";
  entry.resource = resource;
  entry.request_id = "r-1";
  entry.outcome = "OK";
  return entry;
}

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// Keeps what is written; stops and fails when it is told to. Outlives its log.
struct Paper {
  absl::Mutex mutex;
  std::string text ABSL_GUARDED_BY(mutex);
  absl::Status status ABSL_GUARDED_BY(mutex);
  std::unique_ptr<absl::Notification> gate ABSL_GUARDED_BY(mutex);
  absl::Notification is_stopped;  // a write waits at the gate

  std::vector<std::string> lines() {
    absl::MutexLock lock(&mutex);
    return Lines(text);
  }
  void Fail(const absl::Status& with) {
    absl::MutexLock lock(&mutex);
    status = with;
  }
};

class PaperSink final : public AuditSink {
 public:
  explicit PaperSink(Paper* paper) : paper_(paper) {}
  absl::Status Write(absl::string_view /*route*/, absl::string_view lines) override {
    std::unique_ptr<absl::Notification> gate;
    {
      absl::MutexLock lock(&paper_->mutex);
      gate = std::move(paper_->gate);
    }
    if (gate != nullptr) {
      paper_->is_stopped.Notify();
      gate->WaitForNotification();
    }
    absl::MutexLock lock(&paper_->mutex);
    if (paper_->status.ok()) paper_->text += std::string(lines);
    return paper_->status;
  }

 private:
  Paper* const paper_;
};

TEST(AuditLine, IsOneLineOfJson) {
  EXPECT_EQ(AuditLine(Entry()),
            R"({"time":"2027-01-15T08:00:00.123Z","principal":"key/ci",)"
            R"("namespace":"000000000000","source":"10.0.0.1:4711","operation":"StartExecution",)"
            R"("resource":"order","request_id":"r-1","outcome":"OK"})"
            "\n");
  EXPECT_EQ(AuditGapLine(Entry().time, 7),
            "{\"time\":\"2027-01-15T08:00:00.123Z\",\"missing\":7}\n");
}

TEST(AuditLine, ValuesCannotLeaveTheirPlace) {
  for (const std::string& hostile :
       {std::string("\"},{\"principal\":\"key/other"), std::string("a\nb\r\nc"),
        std::string("\x1b[2J\x07\u0085"), std::string("\u202e\u2028"),
        std::string("\xff\xfe\0x", 4), std::string("\\"), std::string(1'000'000, 'x'),
        std::string(3'000, '"')}) {
    AuditEntry entry = Entry(hostile);
    entry.principal = hostile;
    entry.source = hostile;
    entry.request_id = hostile;
    const std::string line = AuditLine(entry);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_LT(line.size(), 60'000u);
    for (const char c : line.substr(0, line.size() - 1)) EXPECT_FALSE(c >= 0 && c < 0x20);
    EXPECT_FALSE(absl::StrContains(line, "\u202e"));
    const auto json = ParseJson(line);
    ASSERT_TRUE(json.ok()) << json.status();
    EXPECT_EQ(json->AsObject().size(), 8u);
    EXPECT_EQ(json->Find("outcome")->AsString(), "OK");
  }
}

TEST(Audit, ChangesAndDenialsBelongIntoTheLog) {
  const absl::Status denied = aws::MakeError(aws::Error::kAccessDenied, "no");
  const absl::Status refused = aws::MakeError(aws::Error::kInvalidSignature, "no");
  const absl::Status missing = aws::MakeError(aws::Error::kExecutionDoesNotExist, "no");
  for (const Action& action : Actions()) {
    EXPECT_TRUE(IsAudited(action.operation, denied)) << action.operation;
    EXPECT_TRUE(IsAudited(action.operation, refused)) << action.operation;
    EXPECT_EQ(IsAudited(action.operation, absl::OkStatus()), action.is_audited);
    EXPECT_EQ(IsAudited(action.operation, missing), action.is_audited);
  }
  EXPECT_TRUE(IsAudited("StartExecution", absl::OkStatus()));
  EXPECT_FALSE(IsAudited("DescribeExecution", absl::OkStatus()));
  EXPECT_TRUE(IsAudited("unheard of", absl::OkStatus()));
  EXPECT_EQ(AuditOutcome(absl::OkStatus()), "OK");
  EXPECT_EQ(AuditOutcome(denied), "ACCESS_DENIED");
  EXPECT_EQ(AuditOutcome(refused), "INVALID_SIGNATURE");
  EXPECT_EQ(AuditOutcome(missing), "EXECUTION_DOES_NOT_EXIST");
  EXPECT_EQ(AuditOutcome(absl::UnavailableError("secret")), "SERVICE_UNAVAILABLE");
}

TEST(AuditLog, WritesInOrderAndAllBeforeItsEnd) {
  Paper paper;
  {
    AuditLog log(std::make_unique<PaperSink>(&paper), {}, [](absl::string_view) {});
    for (int i = 0; i < 1000; ++i) log.Write(Entry(absl::StrCat("m", i)));
  }
  const std::vector<std::string> lines = paper.lines();
  ASSERT_THAT(lines, SizeIs(1000));
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], HasSubstr(absl::StrCat("\"m", i, "\"")));
  }
}

TEST(AuditLog, OverflowIsCountedAndSaidWhereItWas) {
  Paper paper;
  paper.gate = std::make_unique<absl::Notification>();
  absl::Notification* const gate = paper.gate.get();
  AuditLog log(std::make_unique<PaperSink>(&paper), {.max_queued_entries = 2},
               [](absl::string_view) {});
  log.Write(Entry("first"));
  paper.is_stopped.WaitForNotification();  // its line is being written
  for (const char* resource : {"a", "b", "lost", "lost"}) log.Write(Entry(resource));
  EXPECT_EQ(log.stats().missing, 2);
  gate->Notify();
  log.Flush();
  log.Write(Entry("after"));
  log.Flush();
  EXPECT_THAT(paper.lines(), ElementsAre(HasSubstr("first"), HasSubstr("\"a\""), HasSubstr("\"b\""),
                                         HasSubstr("\"missing\":2"), HasSubstr("after")));
  EXPECT_EQ(log.stats().written, 4);
}

TEST(AuditLog, QueueIsBoundedInBytes) {
  Paper paper;
  paper.gate = std::make_unique<absl::Notification>();
  absl::Notification* const gate = paper.gate.get();
  {
    AuditLog log(std::make_unique<PaperSink>(&paper), {.max_queued_bytes = 5'000},
                 [](absl::string_view) {});
    log.Write(Entry("first"));
    paper.is_stopped.WaitForNotification();
    for (int i = 0; i < 100; ++i) log.Write(Entry(std::string(1'000, 'x')));
    EXPECT_EQ(log.stats().missing, 96);
    gate->Notify();
  }
  // Said at the end, if nothing came after it.
  EXPECT_THAT(paper.lines().back(), HasSubstr("\"missing\":96"));
  EXPECT_THAT(paper.lines(), SizeIs(6));
}

TEST(AuditLog, FailureIsToldOnceAndItsEndToo) {
  Paper paper;
  std::vector<std::string> warnings;
  {
    AuditLog log(std::make_unique<PaperSink>(&paper), {},
                 [&](absl::string_view text) { warnings.emplace_back(text); });
    paper.Fail(absl::UnavailableError("the audit log x cannot be written: disk full"));
    for (int i = 0; i < 3; ++i) {
      log.Write(Entry());
      log.Flush();
    }
    paper.Fail(absl::OkStatus());
    log.Write(Entry("after"));
    log.Flush();
    EXPECT_EQ(log.stats().missing, 3);
    EXPECT_EQ(log.stats().written, 1);
  }
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("disk full; calls go on"),
                                    HasSubstr("written again; 3 calls")));
  EXPECT_THAT(paper.lines(), ElementsAre(HasSubstr("\"missing\":3"), HasSubstr("after")));
}

TEST(AuditLog, EndsThoughTheSinkFails) {
  Paper paper;
  paper.Fail(absl::UnavailableError("down"));
  int warnings = 0;
  {
    AuditLog log(std::make_unique<PaperSink>(&paper), {}, [&](absl::string_view) { ++warnings; });
    log.Write(Entry());
  }
  EXPECT_EQ(warnings, 1);
  EXPECT_THAT(paper.lines(), IsEmpty());
}

}  // namespace
}  // namespace pawl::auth
