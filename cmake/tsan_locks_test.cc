// What the thread sanitizer sees through absl's locks: everything that they order, and nothing more.
#include <atomic>
#include <thread>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace {

std::atomic<int> reports = 0;

}  // namespace

// The sanitizer's own hooks. Its report of the planted race must not fail the program.
extern "C" void __tsan_on_report(void*) { ++reports; }
extern "C" const char* __tsan_default_options() { return "exitcode=0"; }

namespace {

TEST(ThreadSanitizer, FindsARace) {
  int value = 0;
  std::thread other([&value] { ++value; });
  ++value;
  other.join();
  EXPECT_GT(reports.exchange(0), 0);
}

TEST(ThreadSanitizer, FindsARaceUnderTwoLocks) {
  absl::Mutex one;
  absl::Mutex another;
  int value = 0;
  std::thread other([&] {
    absl::MutexLock lock(&one);
    ++value;
  });
  {
    absl::MutexLock lock(&another);
    ++value;
  }
  other.join();
  EXPECT_GT(reports.exchange(0), 0);
}

TEST(ThreadSanitizer, KnowsLocksAndConditions) {
  absl::Mutex mutex;
  int value = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      absl::MutexLock lock(&mutex);
      ++value;
    }
  });
  const auto is_done = [&value] { return value == 1000; };
  {
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&is_done));
    EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&is_done), absl::ZeroDuration()));
    const bool never = false;
    EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&never), absl::Milliseconds(1)));
  }
  other.join();
  EXPECT_EQ(reports.exchange(0), 0);
}

TEST(ThreadSanitizer, KnowsCondVars) {
  absl::Mutex mutex;
  absl::CondVar changed;
  int value = 0;
  std::thread other([&] {
    absl::MutexLock lock(&mutex);
    value = 1;
    changed.Signal();
  });
  {
    absl::MutexLock lock(&mutex);
    while (value == 0) changed.Wait(&mutex);
    EXPECT_TRUE(changed.WaitWithTimeout(&mutex, absl::Milliseconds(1)));
  }
  other.join();
  EXPECT_EQ(reports.exchange(0), 0);
}

TEST(ThreadSanitizer, KnowsNotificationsAndCounters) {
  absl::Notification told;
  absl::BlockingCounter counted(1);
  int first = 0;
  int second = 0;
  std::thread other([&] {
    first = 1;
    told.Notify();
    second = 1;
    counted.DecrementCount();
  });
  told.WaitForNotification();
  EXPECT_EQ(first, 1);
  counted.Wait();
  EXPECT_EQ(second, 1);
  other.join();
  EXPECT_EQ(reports.exchange(0), 0);
}

}  // namespace
