#include "engine/api/activities_service.h"

#include <utility>

#include "engine/api/convert.h"
#include "engine/aws/arn.h"

namespace pawl::api {
namespace {

runtime::Tags FromProto(const google::protobuf::Map<std::string, std::string>& tags) {
  return {tags.begin(), tags.end()};
}

void ToProto(const runtime::Activity& activity, const std::string& region, v1::Activity* out) {
  out->set_arn(aws::ActivityArn({region, activity.id.ns}, activity.id.name));
  out->set_name(activity.id.name);
  *out->mutable_create_time() = api::ToProto(activity.record.create_time);
}

}  // namespace

grpc::ServerUnaryReactor* ActivitiesService::Create(grpc::CallbackServerContext* context,
                                                    const v1::ActivitiesCreateRequest* request,
                                                    v1::ActivitiesCreateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Activities.Create");
  if (!answer->is_admitted()) return answer->reactor();
  service_->activities.Create(
      answer->context(), request->name(), FromProto(request->tags()), {},
      AnswerWith<runtime::Activity>(
          answer, [response, region = service_->deps.arns(answer->context()).region](
                      const runtime::Activity& activity) {
            ToProto(activity, region, response->mutable_activity());
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ActivitiesService::List(grpc::CallbackServerContext* context,
                                                  const v1::ActivitiesListRequest* request,
                                                  v1::ActivitiesListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Activities.List");
  if (!answer->is_admitted()) return answer->reactor();
  service_->activities.List(
      answer->context(), request->page_size(), request->page_token(),
      AnswerWith<service::ActivityPage>(
          answer, [response, region = service_->deps.arns(answer->context()).region](
                      const service::ActivityPage& page) {
            for (const runtime::Activity& activity : page.activities) {
              ToProto(activity, region, response->add_activities());
            }
            response->set_next_page_token(page.next_page_token);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ActivitiesService::Delete(grpc::CallbackServerContext* context,
                                                    const v1::ActivitiesDeleteRequest* request,
                                                    v1::ActivitiesDeleteResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Activities.Delete");
  if (!answer->is_admitted()) return answer->reactor();
  service_->activities.Delete(answer->context(), request->activity(),
                              AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* TagsService::Set(grpc::CallbackServerContext* context,
                                           const v1::TagsSetRequest* request,
                                           v1::TagsSetResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Tags.Set");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tagging.Tag(answer->context(), request->arn(), FromProto(request->tags()),
                        AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* TagsService::Remove(grpc::CallbackServerContext* context,
                                              const v1::TagsRemoveRequest* request,
                                              v1::TagsRemoveResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Tags.Remove");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tagging.Untag(answer->context(), request->arn(),
                          {request->keys().begin(), request->keys().end()},
                          AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* TagsService::List(grpc::CallbackServerContext* context,
                                            const v1::TagsListRequest* request,
                                            v1::TagsListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Tags.List");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tagging.List(answer->context(), request->arn(),
                         AnswerWith<runtime::Tags>(answer, [response](const runtime::Tags& tags) {
                           response->mutable_tags()->insert(tags.begin(), tags.end());
                         }));
  return answer->reactor();
}

}  // namespace pawl::api
