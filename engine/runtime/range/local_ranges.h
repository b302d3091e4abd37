// The ranges of this process behind the router's interface. Once ranges may live in other nodes,
// another router stands before this one.
#pragma once

#include <memory>
#include <vector>

#include "engine/runtime/range/range_router.h"
#include "engine/runtime/range/range_runner.h"

namespace pawl::runtime {

// Thread-safe once all ranges have been added.
class LocalRanges final : public RangeRouter {
 public:
  void Add(std::unique_ptr<RangeRunner> range) { ranges_.push_back(std::move(range)); }
  // By first slot.
  const std::vector<std::unique_ptr<RangeRunner>>& ranges() const { return ranges_; }
  RangeRunner& Of(persistence::Slot slot) const;

  void Start(persistence::Slot slot, StartRequest request, StartCallback done) override;
  void Submit(persistence::ExecutionRef ref, core::Command command, CommandCallback done) override;
  void StopByName(aws::ExecutionId id, core::StopExecution command) override;
  void TaskStarted(AttemptKey key) override;
  void Heartbeat(AttemptKey key, std::string details,
                 absl::AnyInvocable<void(absl::Status)> done) override;
  void View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) override;

 private:
  std::vector<std::unique_ptr<RangeRunner>> ranges_;
};

}  // namespace pawl::runtime
