// The contract of ranges: leases and epochs.
#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

TEST_P(StoreContract, NewStoreHasOneFreeRangeOfAllSlots) {
  const auto ranges = store().ListRanges();
  ASSERT_TRUE(ranges.ok()) << ranges.status();
  ASSERT_EQ(ranges->size(), 1u);
  EXPECT_EQ(ranges->front().slots, kAll);
  EXPECT_EQ(ranges->front().owner, "");
  EXPECT_EQ(ranges->front().epoch, 0);
  EXPECT_EQ(ranges->front().batch_seq, 0);
}

TEST_P(StoreContract, TakingARangeRaisesItsEpoch) {
  const auto first = store().TakeRange(kAll, {"node-1", "host:1", absl::Seconds(60)});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->epoch, 1);
  EXPECT_EQ(first->owner, "node-1");
  EXPECT_EQ(first->owner_address, "host:1");
  EXPECT_GT(first->lease_until, absl::Now() + absl::Seconds(30));
  const auto again = store().TakeRange(kAll, {"node-1", "host:2", absl::Seconds(60)});
  ASSERT_TRUE(again.ok()) << "its owner may take it again: " << again.status();
  EXPECT_EQ(again->epoch, 2);
  const RangeState stored = store().ListRanges()->front();
  EXPECT_EQ(stored.epoch, 2);
  EXPECT_EQ(stored.owner_address, "host:2");
}

TEST_P(StoreContract, LeasedRangeIsRefusedToOthersUntilTheLeaseEnds) {
  ASSERT_TRUE(store().TakeRange(kAll, {"node-1", "", absl::Hours(1)}).ok());
  const auto refused = store().TakeRange(kAll, {"node-2", "", absl::Seconds(10)});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("node-1"));
  EXPECT_EQ(store().TakeRange(kAll, {"node-2", "", absl::Seconds(10)}).status(), refused.status())
      << "the same words as long as nothing changes, so who waits can say it once";
  // A lease of no length has ended when it is given.
  ASSERT_TRUE(store().RenewLease(kAll, 1, -absl::Seconds(1)).ok());
  const auto taken = store().TakeRange(kAll, {"node-2", "", absl::Seconds(10)});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->epoch, 2);
}

TEST_P(StoreContract, RangeIsTakenOverWithItsBatchSequence) {
  Own();
  Start(Execution(1, "one"));
  ASSERT_TRUE(store().ReleaseRange(kAll, range().epoch).ok());
  const int64_t released_epoch = range().epoch;
  Own(kAll, "node-2");
  EXPECT_GT(range().epoch, released_epoch);
  EXPECT_EQ(range().batch_seq, 1);
  Start(Execution(2, "two"));
}

TEST_P(StoreContract, RenewAndReleaseNeedTheCurrentEpoch) {
  Own();
  const int64_t old_epoch = range().epoch;
  Own();
  EXPECT_EQ(store().RenewLease(kAll, old_epoch, absl::Seconds(1)).code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(store().ReleaseRange(kAll, old_epoch).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(StoredRange().owner, "node-1");
  EXPECT_TRUE(store().RenewLease(kAll, range().epoch, absl::Hours(2)).ok());
  EXPECT_GT(StoredRange().lease_until, absl::Now() + absl::Minutes(90));
  EXPECT_TRUE(store().ReleaseRange(kAll, range().epoch).ok());
  EXPECT_EQ(StoredRange().owner, "");
  EXPECT_EQ(store().RenewLease(kAll, range().epoch, absl::Seconds(1)).code(),
            absl::StatusCode::kAborted);
}

TEST_P(StoreContract, CommitExtendsTheLeaseAndNeverShortensIt) {
  ASSERT_TRUE(store().TakeRange(kAll, {"node-1", "", absl::Hours(1)}).ok());
  Own();
  const absl::Time before = StoredRange().lease_until;
  Start(Execution(1, "one"));
  EXPECT_GE(StoredRange().lease_until, before);
}

TEST_P(StoreContract, CommitIsNotStoppedByALeaseThatHasEnded) {
  Own();
  ASSERT_TRUE(store().RenewLease(kAll, range().epoch, -absl::Seconds(1)).ok());
  Start(Execution(1, "one"));
}

TEST_P(StoreContract, UnknownRangeAndNamelessOwnerAreRefused) {
  EXPECT_EQ(store().TakeRange({Slot(0), Slot(9)}, {"node-1", "", absl::Seconds(1)}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(store().TakeRange(kAll, {"", "", absl::Seconds(1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreContract, RangesAreOwnedAndFencedIndependently) {
  store_.reset();
  home_ = GetParam().make_home();
  auto opened = home_->Open(/*initial_ranges=*/4);
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
  const auto ranges = store().ListRanges();
  ASSERT_TRUE(ranges.ok()) << ranges.status();
  ASSERT_EQ(ranges->size(), 4u);
  EXPECT_EQ(ranges->front().slots, (SlotRange{Slot(0), Slot(1023)}));
  EXPECT_EQ(ranges->back().slots, (SlotRange{Slot(3072), Slot(4095)}));
  Own({Slot(0), Slot(1023)}, "node-1");
  Start(Execution(1, "one", Slot(7)));
  Own({Slot(1024), Slot(2047)}, "node-2");
  Start(Execution(1, "two", Slot(1030)));
  EXPECT_THAT(NamesOf(*store().ListResident({Slot(0), Slot(1023)}, {}, 9)),
              ::testing::ElementsAre("one"));
  EXPECT_THAT(NamesOf(*store().ListResident({Slot(1024), Slot(2047)}, {}, 9)),
              ::testing::ElementsAre("two"));
  EXPECT_EQ(store().CountOpen({Slot(1024), Slot(2047)})->resident, 1);
}

TEST_P(StoreContract, TheRangeOfADeadOwnerIsTakenAtOnce) {
  ASSERT_TRUE(store().TakeRange(kAll, {"node-1#a", "", absl::Hours(1)}).ok());
  EXPECT_FALSE(store().TakeRange(kAll, {"node-1#b", "", absl::Hours(1)}).ok()) << "the same name";
  EXPECT_FALSE(store().TakeRange(kAll, {"node-1#b", "", absl::Hours(1), "node-1#c"}).ok());
  const auto taken = store().TakeRange(kAll, {"node-1#b", "", absl::Hours(1), "node-1#a"});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->owner, "node-1#b");
}

}  // namespace
}  // namespace pawl::persistence
