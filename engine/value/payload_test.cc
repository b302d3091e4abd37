#include "engine/value/payload.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pawl {
namespace {

TEST(Payload, AbsentIsNotNull) {
  const Payload absent;
  EXPECT_FALSE(absent.has_value());
  EXPECT_EQ(absent.text(), "");
  EXPECT_TRUE(absent.value().is_null());
  const Payload null = Payload::FromValue(Value());
  EXPECT_TRUE(null.has_value());
  EXPECT_EQ(null.text(), "null");
  EXPECT_FALSE(null.SharesWith(absent));
}

TEST(Payload, MakesTextFromAValue) {
  const Payload p = Payload::FromValue(Value::Object({{"a", Value::Int(1)}}));
  EXPECT_EQ(p.text(), R"({"a":1})");
  EXPECT_EQ(p.size_bytes(), 7u);
}

TEST(Payload, KeepsTheTextAsItCame) {
  const absl::StatusOr<Payload> p = Payload::FromText(R"({ "a" : 1.50 })");
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p->text(), R"({ "a" : 1.50 })");
  EXPECT_EQ(p->value().Find("a")->AsDouble(), 1.5);
}

TEST(Payload, RefusesBadTextFromOutside) {
  EXPECT_EQ(Payload::FromText("{").status().code(), absl::StatusCode::kInvalidArgument);
  JsonLimits limits;
  limits.max_depth = 1;
  EXPECT_EQ(Payload::FromText("[[]]", limits).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(Payload, TrustedTextIsReadWhenAskedForAndNullWhenItIsNoJson) {
  EXPECT_EQ(Payload::FromTrustedText("[1]").value().AsArray().size(), 1u);
  EXPECT_EQ(Payload::FromTrustedText("{").text(), "{");
  EXPECT_TRUE(Payload::FromTrustedText("{").value().is_null());
}

TEST(Payload, CopiesShareTheSameObject) {
  const Payload a = Payload::FromTrustedText("[1]");
  const Payload b = a;
  EXPECT_TRUE(a.SharesWith(b));
  EXPECT_EQ(a.identity(), b.identity());
  EXPECT_EQ(&a.value(), &b.value());
  EXPECT_FALSE(a.SharesWith(Payload::FromTrustedText("[1]")));
}

TEST(Payload, IsMadeOnceWhenManyThreadsAsk) {
  const Payload from_text = Payload::FromTrustedText(R"({"a":[1,2,3]})");
  const Payload from_value = Payload::FromValue(Value::Array({Value::Int(1)}));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_EQ(from_text.value().Find("a")->AsArray().size(), 3u);
      EXPECT_EQ(from_value.text(), "[1]");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pawl
