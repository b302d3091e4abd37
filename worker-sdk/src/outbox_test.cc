#include "worker-sdk/src/outbox.h"

#include <gtest/gtest.h>

#include <vector>

namespace pawl::sdk {
namespace {

std::shared_ptr<TaskState> MakeTask(const std::string& token) {
  TaskInfo info;
  info.token = token;
  return std::make_shared<TaskState>(std::move(info), 0, std::weak_ptr<TaskHost>());
}

// What a stream would send now.
std::vector<std::string> SendAll(Outbox* outbox) {
  std::vector<std::string> tokens;
  while (const Outbox::Item* item = outbox->Unsent()) {
    tokens.push_back(item->task->info().token);
    outbox->Sent();
  }
  return tokens;
}

using Tokens = std::vector<std::string>;

TEST(Outbox, SendsInOrderAndOncePerStream) {
  Outbox outbox;
  outbox.Add(MakeTask("a"), Succeed("1"));
  outbox.Add(MakeTask("b"), Succeed("2"));
  EXPECT_EQ(SendAll(&outbox), (Tokens{"a", "b"}));
  outbox.Add(MakeTask("c"), Succeed("3"));
  EXPECT_EQ(SendAll(&outbox), Tokens{"c"});
  EXPECT_EQ(outbox.size(), 3u);
}

TEST(Outbox, SendsAgainOnANewStreamWhatWasNotAcknowledged) {
  Outbox outbox;
  for (const char* token : {"a", "b", "c"}) outbox.Add(MakeTask(token), Succeed());
  SendAll(&outbox);
  EXPECT_TRUE(outbox.Remove("b"));
  EXPECT_FALSE(outbox.Remove("b"));
  outbox.Rewind();
  EXPECT_EQ(SendAll(&outbox), (Tokens{"a", "c"}));
}

TEST(Outbox, AnAcknowledgementOfWhatIsUnsentMovesOn) {
  Outbox outbox;
  for (const char* token : {"a", "b"}) outbox.Add(MakeTask(token), Succeed());
  EXPECT_TRUE(outbox.Remove("a"));
  EXPECT_EQ(SendAll(&outbox), Tokens{"b"});
}

TEST(Outbox, KeepsTheFirstResultOfAToken) {
  Outbox outbox;
  outbox.Add(MakeTask("a"), Succeed("1"));
  outbox.Add(MakeTask("a"), Fail("Later"));
  ASSERT_NE(outbox.Unsent(), nullptr);
  EXPECT_EQ(outbox.Unsent()->result.output(), "1");
  EXPECT_EQ(outbox.size(), 1u);
}

}  // namespace
}  // namespace pawl::sdk
