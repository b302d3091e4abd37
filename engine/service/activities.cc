#include "engine/service/activities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "engine/service/limits.h"
#include "engine/service/page_token.h"

namespace pawl::service {
namespace {

// AWS's limits (sfn-service-2.json: TagKey, TagValue).
constexpr size_t kMaxTagKeyCharacters = 128;
constexpr size_t kMaxTagValueCharacters = 256;

absl::Status NotFound(absl::string_view arn) {
  return aws::MakeError(aws::Error::kResourceNotFound,
                        absl::StrCat("Resource not found: '", arn, "'"));
}

// A missing machine or activity is a missing resource to whoever tags it.
absl::StatusOr<Empty> AnswerOf(const absl::Status& status, const std::string& arn) {
  if (absl::IsNotFound(status)) return NotFound(arn);
  if (!status.ok()) return status;
  return Empty();
}

absl::Status CheckTags(const runtime::Tags& tags) {
  for (const auto& [key, value] : tags) {
    absl::Status status = CheckLength("tag key", key, kMaxTagKeyCharacters);
    if (status.ok()) status = CheckLength("tag value", value, kMaxTagValueCharacters);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<aws::ActivityId> Activities::Parse(const CallContext& context,
                                                  absl::string_view operation,
                                                  const std::string& activity) const {
  absl::Status status = CheckLength("activityArn", activity, kMaxArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, operation, activity);
  if (!status.ok()) return status;
  return aws::ParseActivity(deps_.arns(context), activity);
}

void Activities::Create(const CallContext& context, std::string name, runtime::Tags tags,
                        runtime::EncryptionConfiguration encryption, Done<runtime::Activity> done) {
  absl::Status status = CheckLength("name", name, kMaxArnCharacters);
  if (status.ok()) status = CheckTags(tags);
  if (status.ok()) status = deps_.authorizer->Check(context, "CreateActivity", name);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<runtime::Activity>(
      context, runtime::ReadLane::kCall,
      [this, id = aws::ActivityId{context.ns, std::move(name)}, tags = std::move(tags),
       encryption = std::move(encryption)](persistence::Store& store) {
        return admin_.Create(&store, id, tags, encryption, deps_.Now());
      },
      std::move(done));
}

void Activities::Describe(const CallContext& context, const std::string& activity,
                          Done<runtime::Activity> done) {
  const auto id = Parse(context, "DescribeActivity", activity);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<runtime::Activity>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) { return admin_.Read(&store, id); },
      std::move(done));
}

void Activities::Delete(const CallContext& context, const std::string& activity, Done<Empty> done) {
  const auto id = Parse(context, "DeleteActivity", activity);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) -> absl::StatusOr<Empty> {
        absl::Status status = admin_.Delete(&store, id);
        if (!status.ok()) return status;
        return Empty();
      },
      std::move(done));
}

void Activities::List(const CallContext& context, int page_size, const std::string& page_token,
                      Done<ActivityPage> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListActivities", "");
  if (!status.ok()) return done(std::move(status));
  const auto size = PageSize(page_size);
  if (!size.ok()) return done(size.status());
  const std::string listing = absl::StrCat("ListActivities ", context.ns);
  const auto after = OpenToken(listing, page_token);
  if (!after.ok()) return done(after.status());
  deps_.RunBlocking<ActivityPage>(
      context, runtime::ReadLane::kList,
      [this, ns = context.ns, listing, after = *after,
       size = *size](persistence::Store& store) -> absl::StatusOr<ActivityPage> {
        auto activities = admin_.List(&store, ns, after, size + 1);
        if (!activities.ok()) return activities.status();
        ActivityPage page{*std::move(activities), ""};
        if (static_cast<int>(page.activities.size()) > size) {
          page.activities.pop_back();
          page.next_page_token = SealToken(listing, page.activities.back().id.name);
        }
        return page;
      },
      std::move(done));
}

std::shared_ptr<TaskPoll> Activities::Poll(const CallContext& context, const std::string& activity,
                                           std::string worker_name, Done<PolledTask> done) {
  const auto id = Parse(context, "GetActivityTask", activity);
  if (!id.ok()) {
    done(id.status());
    return nullptr;
  }
  PollQuery query;
  query.queue = id->name;
  query.worker_name = std::move(worker_name);
  query.assigns = true;
  if (!deps_.node->options().open_activities) query.activity = *id;
  return TaskPoll::Start(deps_, context, std::move(query), std::move(done));
}

absl::StatusOr<Tagging::Resource> Tagging::Parse(const CallContext& context,
                                                 absl::string_view operation,
                                                 const std::string& arn) const {
  absl::Status status = CheckLength("resourceArn", arn, kMaxArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, operation, arn);
  if (!status.ok()) return status;
  Resource resource;
  const std::vector<absl::string_view> parts = absl::StrSplit(arn, ':');
  if (parts.size() > 5 && parts[5] == "activity") {
    auto activity = aws::ParseActivity(deps_.arns(context), arn);
    if (!activity.ok()) return activity.status();
    resource.activity = *std::move(activity);
    return resource;
  }
  auto machine = aws::ParseMachine(deps_.arns(context), arn);
  if (!machine.ok()) return machine.status();
  resource.machine = *std::move(machine);
  return resource;
}

void Tagging::Tag(const CallContext& context, const std::string& arn, runtime::Tags tags,
                  Done<Empty> done) {
  const auto resource = Parse(context, "TagResource", arn);
  if (!resource.ok()) return done(resource.status());
  if (resource->machine.has_value() && resource->machine->is_qualified()) {
    return done(NotFound(arn));
  }
  if (absl::Status status = CheckTags(tags); !status.ok()) return done(std::move(status));
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, resource = *resource, arn, tags = std::move(tags)](persistence::Store& store) {
        return AnswerOf(resource.machine.has_value()
                            ? machines_.Tag(&store, *resource.machine, tags)
                            : activities_.Tag(&store, *resource.activity, tags),
                        arn);
      },
      std::move(done));
}

void Tagging::Untag(const CallContext& context, const std::string& arn,
                    std::vector<std::string> keys, Done<Empty> done) {
  const auto resource = Parse(context, "UntagResource", arn);
  if (!resource.ok()) return done(resource.status());
  if (resource->machine.has_value() && resource->machine->is_qualified()) {
    return done(NotFound(arn));
  }
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, resource = *resource, arn, keys = std::move(keys)](persistence::Store& store) {
        return AnswerOf(resource.machine.has_value()
                            ? machines_.Untag(&store, *resource.machine, keys)
                            : activities_.Untag(&store, *resource.activity, keys),
                        arn);
      },
      std::move(done));
}

void Tagging::List(const CallContext& context, const std::string& arn, Done<runtime::Tags> done) {
  const auto resource = Parse(context, "ListTagsForResource", arn);
  if (!resource.ok()) return done(resource.status());
  if (resource->machine.has_value() && resource->machine->is_qualified()) {
    return done(runtime::Tags());
  }
  deps_.RunBlocking<runtime::Tags>(
      context, runtime::ReadLane::kCall,
      [this, resource = *resource,
       arn](persistence::Store& store) -> absl::StatusOr<runtime::Tags> {
        absl::StatusOr<runtime::Tags> tags;
        if (resource.machine.has_value()) {
          auto record = machines_.Read(&store, *resource.machine);
          tags = record.ok() ? absl::StatusOr<runtime::Tags>(record->tags) : record.status();
        } else {
          auto activity = activities_.Read(&store, *resource.activity);
          tags = activity.ok() ? absl::StatusOr<runtime::Tags>(activity->record.tags)
                               : activity.status();
        }
        if (absl::IsNotFound(tags.status())) return NotFound(arn);
        return tags;
      },
      std::move(done));
}

}  // namespace pawl::service
