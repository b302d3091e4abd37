#include "worker-sdk/src/handler_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"

namespace pawl::sdk {
namespace {

std::vector<std::shared_ptr<TaskState>> MakeTasks(int count) {
  std::vector<std::shared_ptr<TaskState>> tasks;
  for (int i = 0; i < count; ++i) {
    tasks.push_back(std::make_shared<TaskState>(TaskInfo(), 0, std::weak_ptr<TaskHost>()));
  }
  return tasks;
}

TEST(HandlerPool, GivesEveryBlockedTaskAThread) {
  constexpr int kTasks = 8;
  absl::Barrier* all_at_once = new absl::Barrier(kTasks);  // deletes itself, as Barrier wants it
  absl::BlockingCounter done(kTasks);
  HandlerPool pool(kTasks, [&](const std::shared_ptr<TaskState>&) {
    if (all_at_once->Block()) delete all_at_once;
    done.DecrementCount();
  });
  pool.Accept(MakeTasks(kTasks));
  done.Wait();  // stopped earlier, the pool would drop what no thread has taken yet
  EXPECT_EQ(pool.threads(), kTasks);
  pool.Stop();
  pool.Join();
}

TEST(HandlerPool, RunsEveryTaskOnceWithinItsBound) {
  constexpr int kTasks = 20'000;
  absl::BlockingCounter done(kTasks);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  HandlerPool pool(3, [&](const std::shared_ptr<TaskState>&) {
    const int now = ++running;
    int seen = most.load();
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --running;
    done.DecrementCount();
  });
  for (int i = 0; i < kTasks / 100; ++i) pool.Accept(MakeTasks(100));
  done.Wait();
  EXPECT_LE(most.load(), 3);
  EXPECT_LE(pool.threads(), 3);
}

TEST(HandlerPool, DropsWhatHasNotBegunWhenStopped) {
  std::atomic<int> ran{0};
  HandlerPool pool(1, [&](const std::shared_ptr<TaskState>&) { ++ran; });
  pool.Stop();
  pool.Accept(MakeTasks(5));
  pool.Join();
  EXPECT_EQ(ran.load(), 0);
}

}  // namespace
}  // namespace pawl::sdk
