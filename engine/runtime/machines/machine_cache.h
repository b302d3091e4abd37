// Compiled state machines by revision. A revision never changes, so it is compiled once and kept;
// which revision is the current one is read from the store again after a short while (another node
// may have written).
#pragma once

#include <memory>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/asl/state_machine.h"
#include "engine/runtime/options.h"
#include "persistence/store.h"

namespace pawl::runtime {

struct CompiledMachine {
  persistence::MachineRevision info;  // `definition` is left empty: the machine has it
  std::shared_ptr<const asl::StateMachine> machine;
};
using MachinePtr = std::shared_ptr<const CompiledMachine>;

// The machine of a Distributed Map's children, a part of `machine`'s definition: "NAME/LABEL".
// nullptr where there is no such label.
MachinePtr MapChildMachine(const MachinePtr& machine, absl::string_view label);

// Thread-safe. Get* may read from the store and so may block.
class MachineCache {
 public:
  explicit MachineCache(const Options& options) : compile_options_(options.compile) {}

  // NotFound; DataLoss where a stored definition does not compile any more.
  absl::StatusOr<MachinePtr> GetCurrent(persistence::Store* store, const std::string& ns,
                                        const std::string& name, absl::Time now);
  // Without the store: nullptr where it is not cached or too old to trust.
  MachinePtr PeekCurrent(const std::string& ns, const std::string& name, absl::Time now);
  absl::StatusOr<MachinePtr> GetRevision(persistence::Store* store, const std::string& ns,
                                         const std::string& name, int64_t revision);
  // After this node has written or deleted it.
  void Forget(const std::string& ns, const std::string& name);

 private:
  static constexpr absl::Duration kTrust = absl::Seconds(5);
  struct Current {
    MachinePtr machine;
    absl::Time read_at;
  };
  using Name = std::pair<std::string, std::string>;
  absl::StatusOr<MachinePtr> Compile(persistence::MachineRevision revision);

  const asl::CompileOptions compile_options_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Name, Current> current_ ABSL_GUARDED_BY(mutex_);
  // Kept alive by their executions; dropped here when nobody uses them.
  absl::flat_hash_map<std::tuple<std::string, std::string, int64_t>,
                      std::weak_ptr<const CompiledMachine>>
      revisions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::runtime
