// Activities: names that workers poll for tasks; and tags, of activities and of state machines.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/machines/activity_admin.h"
#include "engine/runtime/machines/machine_admin.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"
#include "engine/service/task_poll.h"

namespace pawl::service {

struct ActivityPage {
  std::vector<runtime::Activity> activities;  // by name
  std::string next_page_token;                // "" at the end
};

// Thread-safe. InvalidArn, ActivityDoesNotExist where one is named; otherwise as
// runtime::ActivityAdmin.
class Activities {
 public:
  explicit Activities(Deps deps)
      : deps_(deps), admin_(&deps.node->options(), &deps.node->activities()) {}

  void Create(const CallContext& context, std::string name, runtime::Tags tags,
              runtime::EncryptionConfiguration encryption, Done<runtime::Activity> done);
  void Describe(const CallContext& context, const std::string& activity,
                Done<runtime::Activity> done);
  // Ok where there is none.
  void Delete(const CallContext& context, const std::string& activity, Done<Empty> done);
  void List(const CallContext& context, int page_size, const std::string& page_token,
            Done<ActivityPage> done);
  // GetActivityTask: waits up to kMaxPoll for a task, which is then the caller's (PollQuery::assigns);
  // nullptr when none has come. ActivityDoesNotExist. The poll may be cancelled when the caller has
  // gone; it is nullptr where it was refused at once.
  std::shared_ptr<TaskPoll> Poll(const CallContext& context, const std::string& activity,
                                 std::string worker_name, Done<PolledTask> done);

 private:
  absl::StatusOr<aws::ActivityId> Parse(const CallContext& context, absl::string_view operation,
                                        const std::string& activity) const;
  const Deps deps_;
  mutable runtime::ActivityAdmin admin_;
};

// Thread-safe. ResourceNotFound for an ARN of anything that takes no tags, or of nothing.
class Tagging {
 public:
  explicit Tagging(Deps deps)
      : deps_(deps),
        machines_(&deps.node->options(), &deps.node->machines()),
        activities_(&deps.node->options(), &deps.node->activities()) {}

  // Replaces values of keys that are there. TooManyTags; AccessDenied for AWS's own keys.
  void Tag(const CallContext& context, const std::string& arn, runtime::Tags tags,
           Done<Empty> done);
  // Keys that are not there are ignored.
  void Untag(const CallContext& context, const std::string& arn, std::vector<std::string> keys,
             Done<Empty> done);
  // Of a version none, as AWS answers.
  void List(const CallContext& context, const std::string& arn, Done<runtime::Tags> done);

 private:
  // A machine or an activity, whichever the ARN names.
  struct Resource {
    absl::optional<aws::MachineId> machine;
    absl::optional<aws::ActivityId> activity;
  };
  absl::StatusOr<Resource> Parse(const CallContext& context, absl::string_view operation,
                                 const std::string& arn) const;

  const Deps deps_;
  mutable runtime::MachineAdmin machines_;
  mutable runtime::ActivityAdmin activities_;
};

}  // namespace pawl::service
