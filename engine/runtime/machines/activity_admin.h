// Activities: names that workers poll for tasks, as callers register them. All calls block.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/aws/arn.h"
#include "engine/runtime/machines/activity_registry.h"
#include "engine/runtime/machines/machine_record.h"
#include "engine/runtime/options.h"
#include "persistence/store.h"

namespace pawl::runtime {

struct Activity {
  aws::ActivityId id;
  ActivityRecord record;
};

class ActivityAdmin {
 public:
  ActivityAdmin(const Options* options, ActivityRegistry* registry)
      : options_(options), registry_(registry) {}

  // The same name again: the existing activity; its tags are not changed. ActivityAlreadyExists
  // where it is encrypted in another way. InvalidName, TooManyTags, InvalidEncryptionConfiguration.
  absl::StatusOr<Activity> Create(persistence::Store* store, const aws::ActivityId& id,
                                  const Tags& tags, const EncryptionConfiguration& encryption,
                                  absl::Time now);
  // ActivityDoesNotExist.
  absl::StatusOr<Activity> Read(persistence::Store* store, const aws::ActivityId& id) const;
  // Ok where there is none. Tasks that wait for it go on waiting, until they time out.
  absl::Status Delete(persistence::Store* store, const aws::ActivityId& id);
  // By name, names > after.
  absl::StatusOr<std::vector<Activity>> List(persistence::Store* store, const std::string& ns,
                                             const std::string& after, int limit) const;
  // As MachineAdmin::Tag and Untag. ActivityDoesNotExist.
  absl::Status Tag(persistence::Store* store, const aws::ActivityId& id, const Tags& tags);
  absl::Status Untag(persistence::Store* store, const aws::ActivityId& id,
                     const std::vector<std::string>& keys);

 private:
  struct Stored {
    ActivityRecord record;
    int64_t document_revision = 0;
  };
  absl::StatusOr<Stored> ReadStored(persistence::Store* store, const aws::ActivityId& id) const;
  absl::Status Change(persistence::Store* store, const aws::ActivityId& id,
                      absl::FunctionRef<absl::Status(ActivityRecord*)> edit);

  const Options* options_;
  ActivityRegistry* registry_;
};

}  // namespace pawl::runtime
