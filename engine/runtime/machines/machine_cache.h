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
#include "engine/aws/arn.h"
#include "engine/runtime/machines/log_rule.h"
#include "engine/runtime/machines/machine_record.h"
#include "engine/runtime/options.h"
#include "persistence/store.h"

namespace pawl::runtime {

struct CompiledMachine {
  persistence::MachineRevision info;  // `definition` is left empty: the machine has it
  std::shared_ptr<const asl::StateMachine> machine;
  std::shared_ptr<const LogRule> log;  // nullptr: nothing is logged
};
using MachinePtr = std::shared_ptr<const CompiledMachine>;

// What a start by name, version or alias leads to.
struct MachineTarget {
  MachinePtr machine;
  int64_t version = 0;  // by which it was found, directly or through `alias`
  std::string alias = {};
};

// The machine of a Distributed Map's children, a part of `machine`'s definition: "NAME/LABEL".
// nullptr where there is no such label.
MachinePtr MapChildMachine(const MachinePtr& machine, absl::string_view label);

// Thread-safe. Get* may read from the store and so may block.
class MachineCache {
 public:
  explicit MachineCache(const Options& options)
      : compile_options_(options.compile), region_(options.region) {}

  // The current revision, or the one that a version stands for. Of an alias with two versions `draw`,
  // uniform in [0, 1), picks one. StateMachineDoesNotExist; DataLoss where a stored definition does
  // not compile any more.
  absl::StatusOr<MachineTarget> Find(persistence::Store* store, const aws::MachineId& id,
                                     double draw, absl::Time now);
  // The current revision without the store: nullptr where it is not cached or too old to trust.
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
  struct Published {
    std::shared_ptr<const MachineRecord> record;
    absl::Time read_at;
    absl::flat_hash_map<int64_t, MachinePtr> machines;  // that were asked for, by version
  };
  using Name = std::pair<std::string, std::string>;
  absl::StatusOr<MachinePtr> GetCurrent(persistence::Store* store, const std::string& ns,
                                        const std::string& name, absl::Time now);
  absl::StatusOr<std::shared_ptr<const MachineRecord>> GetRecord(persistence::Store* store,
                                                                 const aws::MachineId& id,
                                                                 absl::Time now);
  absl::StatusOr<MachinePtr> GetVersion(persistence::Store* store, const aws::MachineId& id,
                                        const Version& version);
  absl::StatusOr<MachinePtr> Compile(persistence::MachineRevision revision);

  const asl::CompileOptions compile_options_;
  const std::string region_;
  absl::Mutex mutex_;
  absl::flat_hash_map<Name, Current> current_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Name, Published> published_ ABSL_GUARDED_BY(mutex_);
  // Kept alive by their executions; dropped here when nobody uses them.
  absl::flat_hash_map<std::tuple<std::string, std::string, int64_t>,
                      std::weak_ptr<const CompiledMachine>>
      revisions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::runtime
