// Histories in pages and followed, over an engine in virtual time.
#include "engine/service/history.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/aws/error.h"
#include "engine/service/follow.h"
#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

constexpr char kWide[] = R"({"StartAt":"A","States":{
    "A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"W"},
    "W":{"Type":"Wait","Seconds":5,"Next":"C"},"C":{"Type":"Pass","End":true}}})";

class History : public ServiceFixture {
 protected:
  History() { Create("m", kWide); }
  persistence::ExecutionRef Start(size_t bytes) {
    auto ref = engine_.Start("m", "e", "{\"x\":\"" + std::string(bytes, 'x') + "\"}");
    EXPECT_TRUE(ref.ok()) << ref.status();
    return *ref;
  }
  absl::StatusOr<HistoryPage> Get(HistoryQuery query) {
    absl::StatusOr<HistoryPage> page = absl::UnknownError("not answered");
    service_->histories.Get(context_, std::move(query),
                            [&](absl::StatusOr<HistoryPage> result) { page = std::move(result); });
    engine_.RunFor(absl::ZeroDuration());
    return page;
  }
  std::vector<core::EventId> Ids(bool reverse, int page_size, int* pages) {
    std::vector<core::EventId> ids;
    HistoryQuery query{"m/e", page_size, "", reverse, false};
    do {
      auto page = Get(query);
      if (!page.ok()) return {};
      ++*pages;
      EXPECT_FALSE(page->events.empty());
      size_t bytes = 0;
      for (const core::Event& event : page->events) {
        ids.push_back(event.id);
        bytes += ShownBytes(event);
      }
      EXPECT_TRUE(page->events.size() == 1 || bytes <= PageLimits().max_bytes);
      query.page_token = page->next_page_token;
    } while (!query.page_token.empty());
    return ids;
  }
};

// A15: one page held the whole, beyond any client's limit.
TEST_F(History, PagesEndByBytes) {
  ASSERT_TRUE(engine_.RunUntilClosed(Start(900'000), absl::Minutes(1)));
  int pages = 0;
  std::vector<core::EventId> ids = Ids(/*reverse=*/false, 1'000, &pages);
  ASSERT_EQ(ids.size(), 10u);
  for (size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(ids[i], core::EventId(static_cast<int64_t>(i + 1)));
  EXPECT_GE(pages, 4);
  pages = 0;
  std::vector<core::EventId> reversed = Ids(/*reverse=*/true, 1'000, &pages);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(reversed, ids);
}

TEST_F(History, PagesEndByCountInTheMiddleOfATransition) {
  ASSERT_TRUE(engine_.RunUntilClosed(Start(10), absl::Minutes(1)));
  int pages = 0;
  EXPECT_EQ(Ids(false, 3, &pages).size(), 10u);
  EXPECT_EQ(pages, 4);
}

TEST_F(History, ErrorsAreTyped) {
  Start(10);
  EXPECT_EQ(aws::ErrorOf(Get({"m/nope", 0, "", false, false}).status()),
            aws::Error::kExecutionDoesNotExist);
  EXPECT_EQ(aws::ErrorOf(Get({"m/e", 0, "forged", false, false}).status()),
            aws::Error::kInvalidToken);
  EXPECT_EQ(aws::ErrorOf(Get({"m/e", 1'001, "", false, false}).status()), aws::Error::kValidation);
  EXPECT_EQ(aws::ErrorOf(Get({std::string(5'000, 'x'), 0, "", false, false}).status()),
            aws::Error::kValidation);
}

class Sink final : public FollowSink {
 public:
  void OnPage(HistoryPage page) override { pages.push_back(std::move(page)); }
  void OnEnd(const absl::Status& status) override { ended = status; }
  std::vector<HistoryPage> pages;
  absl::optional<absl::Status> ended;
};

// A4: all that was stored was converted into one message before anything was delivered.
TEST_F(History, FollowerGetsOnePageAtATimeAndTheNextWhenItAsks) {
  Start(900'000);
  auto sink = std::make_shared<Sink>();
  auto follower = std::make_shared<HistoryFollower>(service_->deps);
  follower->Start(context_, {"m/e", core::kNoEvent, false}, sink);
  engine_.RunFor(absl::Seconds(1));
  ASSERT_EQ(sink->pages.size(), 1u);
  EXPECT_EQ(sink->pages[0].events.size(), 1u);  // two would be more than 1 MiB
  for (int i = 0; i < 20 && !sink->ended.has_value(); ++i) {
    follower->Next();
    engine_.RunFor(absl::Seconds(1));
  }
  ASSERT_TRUE(sink->ended.has_value());
  EXPECT_TRUE(sink->ended->ok()) << *sink->ended;
  size_t events = 0;
  for (const HistoryPage& page : sink->pages) events += page.events.size();
  EXPECT_EQ(events, 10u);
}

TEST_F(History, FollowerOfAnUnknownExecutionEnds) {
  auto sink = std::make_shared<Sink>();
  auto follower = std::make_shared<HistoryFollower>(service_->deps);
  follower->Start(context_, {"m/nope", core::kNoEvent, false}, sink);
  engine_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(sink->ended.has_value());
  EXPECT_EQ(aws::ErrorOf(*sink->ended), aws::Error::kExecutionDoesNotExist);
}

TEST_F(History, CancelledFollowerIsToldNothing) {
  Start(10);
  auto sink = std::make_shared<Sink>();
  auto follower = std::make_shared<HistoryFollower>(service_->deps);
  follower->Start(context_, {"m/e", core::kNoEvent, false}, sink);
  follower->Cancel();
  engine_.RunFor(absl::Minutes(1));
  EXPECT_TRUE(sink->pages.empty());
  EXPECT_FALSE(sink->ended.has_value());
}

}  // namespace
}  // namespace pawl::service
