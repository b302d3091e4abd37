// From the store into memory: the executions that a range owes work after it was taken, parked ones
// as their time comes, and single ones that something has arrived for. What cannot be read is put
// into quarantine, and everything else goes on. Touched only from the range's strand.
//
// Pages are bounded in bytes, and while memory is full nothing more is read: what is not in memory
// is safe in the store, and a command for it loads it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/loading.h"
#include "engine/runtime/range/requests.h"
#include "engine/runtime/range/resident_set.h"
#include "engine/runtime/world/memory_budget.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Loader {
 public:
  using Waiter = absl::AnyInvocable<void(absl::StatusOr<LiveExecution*>)>;

  struct Handlers {
    // Takes an open execution into memory.
    std::function<LiveExecution*(std::unique_ptr<LiveExecution>)> adopt;
    // The resident executions are in memory, or as many as there is room for.
    std::function<void()> loaded;
    // When parked executions are to be looked for again, by the wall clock.
    std::function<void(absl::Time)> wake;
  };

  // All arguments outlive the loader.
  Loader(persistence::SlotRange slots, const WorldRef& world, const Options& options,
         MachineCache* machines, MemoryBudget* budget, Strand* strand, const ResidentSet* resident,
         Handlers handlers);

  // Everything that is resident, then `loaded`. Tries until it succeeds or Stop is called.
  void LoadResident();
  // Goes on where memory was full. Now and then.
  void LoadMore();
  // Parked executions whose time has come.
  void LoadDue();
  // Calls `then` with the execution, which is loaded where it is not in memory; with nullptr where
  // it has ended. NotFound, DataLoss (it is in quarantine now), Unavailable.
  void With(persistence::ExecutionRef ref, Waiter then);
  // Forgets what is on its way. Who waits is told `why`.
  void Stop(const absl::Status& why);

  // It cannot be stored or read; said once.
  void Quarantine(const persistence::ExecutionRow& row, const std::string& why);
  const std::map<persistence::ExecutionRef, Quarantined>& quarantine() const { return quarantine_; }
  int64_t loaded() const { return loaded_; }

 private:
  struct Page;
  void LoadPage(persistence::ExecutionRef after);
  void OnPage(const std::shared_ptr<Page>& page, persistence::ExecutionRef after);
  void FindFirstWake();
  void LoadDuePage(persistence::DueCursor after);
  void OnDueRows(const absl::StatusOr<std::vector<persistence::ExecutionRow>>& rows);
  void OnDuePage(const std::shared_ptr<Page>& page);
  void Adopt(Page* page);
  void FillPage(persistence::Store* store, const std::vector<persistence::ExecutionRow>& rows,
                Page* page) const;
  void OnLoaded(persistence::ExecutionRef ref,
                absl::StatusOr<std::unique_ptr<LiveExecution>> loaded);
  aws::ArnContext arns() const { return {options_.region, options_.account}; }
  template <typename Done>
  auto IfCurrent(Done done) {
    return [this, generation = generation_, done = std::move(done)]() mutable {
      if (generation == generation_) done();
    };
  }

  const persistence::SlotRange slots_;
  const WorldRef& world_;
  const Options& options_;
  MachineCache* const machines_;
  MemoryBudget* const budget_;
  Strand* const strand_;
  const ResidentSet* const resident_;
  const Handlers handlers_;
  int64_t generation_ = 0;
  int64_t loaded_ = 0;
  bool is_more_left_ = false;  // of the resident ones, from `more_after_` on
  bool is_loading_more_ = false;
  bool is_opening_ = false;
  persistence::ExecutionRef more_after_;
  bool is_loading_due_ = false;
  bool is_due_again_ = false;  // asked for while it was loading
  absl::Duration said_at_ = -absl::InfiniteDuration();
  std::map<persistence::ExecutionRef, std::vector<Waiter>> waiters_;
  std::map<persistence::ExecutionRef, Quarantined> quarantine_;
};

}  // namespace pawl::runtime
