// What AuditLog's test leaves open: routes, and entries of several lines.
#include "engine/lines/line_log.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

namespace pawl::lines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What was written, by route; fails for the routes it is told. Outlives its log.
struct Paper {
  absl::Mutex mutex;
  std::map<std::string, std::string> text ABSL_GUARDED_BY(mutex);
  std::set<std::string> failing ABSL_GUARDED_BY(mutex);
  std::vector<std::string> warnings ABSL_GUARDED_BY(mutex);
  absl::Notification at_gate, gate;  // the route "gate" waits at it
};

class PaperSink final : public LineSink {
 public:
  explicit PaperSink(Paper* paper) : paper_(paper) {}
  absl::Status Write(absl::string_view route, absl::string_view lines) override {
    if (route == "gate") {
      paper_->at_gate.Notify();
      paper_->gate.WaitForNotification();
    }
    absl::MutexLock lock(&paper_->mutex);
    if (paper_->failing.count(std::string(route)) > 0) {
      return absl::UnavailableError(absl::StrCat("log ", route, ": disk full"));
    }
    paper_->text[std::string(route)] += std::string(lines);
    return absl::OkStatus();
  }

 private:
  Paper* const paper_;
};

LogWords Words(Paper* paper) {
  return {"the log", "events", "executions go on",
          [](absl::Time, int64_t missing) { return absl::StrCat("missing ", missing, "\n"); },
          [paper](absl::string_view text) {
            absl::MutexLock lock(&paper->mutex);
            paper->warnings.emplace_back(text);
          }};
}

LogEntry Entry(std::string route, const std::string& text, int64_t lines = 1) {
  LogEntry entry;
  entry.route = std::move(route);
  entry.bytes = text.size();
  entry.lines = lines;
  entry.append = [text](std::string* out) { absl::StrAppend(out, text, "\n"); };
  return entry;
}

TEST(LineLog, MissingLinesAreSaidWhereTheyAreMissing) {
  Paper paper;
  {
    LineLog log(std::make_unique<PaperSink>(&paper), {.max_queued_bytes = 10, .limit = "--queue"},
                Words(&paper));
    log.Write(Entry("gate", "1"));
    paper.at_gate.WaitForNotification();
    log.Write(Entry("a", "aaaaa"));
    log.Write(Entry("a", "too much", 3));
    log.Write(Entry("b", "too much", 2));
    log.Write(Entry("b", "b"));
    EXPECT_EQ(log.stats().missing, 5);
    paper.gate.Notify();
    log.Flush();
    EXPECT_EQ(log.stats().written, 3);
  }
  absl::MutexLock lock(&paper.mutex);
  EXPECT_EQ(paper.text["a"], "aaaaa\nmissing 3\n");
  EXPECT_EQ(paper.text["b"], "missing 2\nb\n");
  EXPECT_THAT(paper.warnings, ElementsAre(HasSubstr("as fast as lines come (--queue); 5 lines")));
}

TEST(LineLog, AFailingRouteDoesNotHoldUpOthers) {
  Paper paper;
  {
    absl::MutexLock lock(&paper.mutex);
    paper.failing = {"bad"};
  }
  LineLog log(std::make_unique<PaperSink>(&paper), {}, Words(&paper));
  for (int i = 0; i < 3; ++i) {
    log.Write(Entry("bad", "lost"));
    log.Write(Entry("good", absl::StrCat(i)));
    log.Flush();
  }
  {
    absl::MutexLock lock(&paper.mutex);
    EXPECT_THAT(paper.warnings, ElementsAre("log bad: disk full; executions go on"));
    EXPECT_EQ(paper.text["good"], "0\n1\n2\n");
    paper.failing.clear();
  }
  log.Write(Entry("bad", "back"));
  log.Flush();
  absl::MutexLock lock(&paper.mutex);
  EXPECT_EQ(paper.text["bad"], "missing 3\nback\n");
  EXPECT_THAT(paper.warnings, SizeIs(2));
  EXPECT_THAT(paper.warnings[1], HasSubstr("the log bad is written again; 3 events"));
}

TEST(LineLog, WritesWhatIsQueuedBeforeItsEnd) {
  Paper paper;
  {
    LineLog log(std::make_unique<PaperSink>(&paper), {}, Words(&paper));
    for (int i = 0; i < 500; ++i) log.Write(Entry(absl::StrCat(i % 7), "x"));
  }
  absl::MutexLock lock(&paper.mutex);
  size_t bytes = 0;
  for (const auto& [route, text] : paper.text) bytes += text.size();
  EXPECT_EQ(bytes, 1'000u);
  EXPECT_THAT(paper.warnings, IsEmpty());
}

}  // namespace
}  // namespace pawl::lines
