// Operations on activities, and on tags.
#include "engine/api/aws/machine_convert.h"
#include "engine/api/aws/operations.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kArn[] = "activityArn";

absl::Status CheckActivityArn(const Call& call) {
  return aws::CheckArn(call.request().Text(kArn), {"activity"});
}

absl::Status CheckResourceArn(const Call& call) {
  return aws::CheckArn(call.request().Text("resourceArn"), {"stateMachine", "activity"});
}

std::string ArnOf(const runtime::Activity& activity, const aws::ArnContext& arns) {
  return aws::ActivityArn({arns.region, activity.id.ns}, activity.id.name);
}

}  // namespace

void CreateActivity(const CallPtr& call) {
  const RequestMembers& request = call->request();
  call->service().activities.Create(
      call->context(), request.Text("name"), TagsOf(request.List("tags")),
      EncryptionOf(request.Structure("encryptionConfiguration")),
      AnswerWith<runtime::Activity>(
          call, [arns = call->arns()](const runtime::Activity& activity, JsonObject* answer) {
            answer->Text(kArn, ArnOf(activity, arns));
            answer->Time("creationDate", activity.record.create_time);
          }));
}

void DescribeActivity(const CallPtr& call) {
  if (absl::Status status = CheckActivityArn(*call); !status.ok()) return call->Fail(status);
  call->service().activities.Describe(
      call->context(), call->request().Text(kArn),
      AnswerWith<runtime::Activity>(
          call, [arns = call->arns()](const runtime::Activity& activity, JsonObject* answer) {
            answer->Text(kArn, ArnOf(activity, arns));
            answer->Time("creationDate", activity.record.create_time);
            WriteEncryption(activity.record.encryption, answer);
            answer->Text("name", activity.id.name);
          }));
}

void DeleteActivity(const CallPtr& call) {
  if (absl::Status status = CheckActivityArn(*call); !status.ok()) return call->Fail(status);
  call->service().activities.Delete(call->context(), call->request().Text(kArn), AnswerEmpty(call));
}

void ListActivities(const CallPtr& call) {
  const RequestMembers& request = call->request();
  call->service().activities.List(
      call->context(), static_cast<int>(request.Int("maxResults")), request.Text("nextToken"),
      AnswerWith<service::ActivityPage>(
          call, [arns = call->arns()](const service::ActivityPage& page, JsonObject* answer) {
            answer->TextIfAny("nextToken", page.next_page_token);
            JsonArray activities = answer->Array("activities");
            for (const runtime::Activity& activity : page.activities) {
              JsonObject one = activities.Object();
              one.Text(kArn, ArnOf(activity, arns));
              one.Time("creationDate", activity.record.create_time).Text("name", activity.id.name);
            }
          }));
}

// Held until there is a task, without a thread; {} when none has come in time.
void GetActivityTask(const CallPtr& call) {
  if (absl::Status status = CheckActivityArn(*call); !status.ok()) return call->Fail(status);
  const std::shared_ptr<service::TaskPoll> poll = call->service().activities.Poll(
      call->context(), call->request().Text(kArn), call->request().Text("workerName"),
      AnswerWith<service::PolledTask>(
          call, [](const service::PolledTask& polled, JsonObject* answer) {
            if (polled == nullptr) return;
            answer->Text("input", polled->task.input.text()).Text("taskToken", polled->token);
          }));
  // What it would have been given goes to another poller.
  if (poll != nullptr) call->OnGone([poll] { poll->Cancel(); });
}

void TagResource(const CallPtr& call) {
  if (absl::Status status = CheckResourceArn(*call); !status.ok()) return call->Fail(status);
  const RequestMembers& request = call->request();
  call->service().tagging.Tag(call->context(), request.Text("resourceArn"),
                              TagsOf(request.List("tags")), AnswerEmpty(call));
}

void UntagResource(const CallPtr& call) {
  if (absl::Status status = CheckResourceArn(*call); !status.ok()) return call->Fail(status);
  const RequestMembers& request = call->request();
  std::vector<std::string> keys;
  for (const Value& key : request.List("tagKeys")) keys.push_back(key.AsString());
  call->service().tagging.Untag(call->context(), request.Text("resourceArn"), std::move(keys),
                                AnswerEmpty(call));
}

void ListTagsForResource(const CallPtr& call) {
  if (absl::Status status = CheckResourceArn(*call); !status.ok()) return call->Fail(status);
  call->service().tagging.List(
      call->context(), call->request().Text("resourceArn"),
      AnswerWith<runtime::Tags>(call, [](const runtime::Tags& tags, JsonObject* answer) {
        JsonArray list = answer->Array("tags");
        for (const auto& [key, value] : tags) list.Object().Text("key", key).Text("value", value);
      }));
}

}  // namespace pawl::api::aws_json
