#include "engine/api/access_keys_service.h"

#include <utility>

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

void Fill(const auth::AccessKey& key, v1::AccessKey* out) {
  out->set_id(key.id);
  out->set_name(key.name);
  out->set_namespace_(key.ns);
  for (const std::string& policy : key.policies) out->add_policies(policy);
  *out->mutable_create_time() = ToProto(key.create_time);
  if (key.expire_time != absl::InfiniteFuture()) {
    *out->mutable_expire_time() = ToProto(key.expire_time);
  }
  if (key.last_use_time != absl::InfinitePast()) {
    *out->mutable_last_use_time() = ToProto(key.last_use_time);
  }
  if (key.is_revoked()) *out->mutable_revoke_time() = ToProto(key.revoke_time);
}

}  // namespace

grpc::ServerUnaryReactor* AccessKeysService::Create(grpc::CallbackServerContext* context,
                                                    const v1::AccessKeysCreateRequest* request,
                                                    v1::AccessKeysCreateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "AccessKeys.Create");
  if (!answer->is_admitted()) return answer->reactor();
  auth::NewAccessKey wanted;
  wanted.name = request->name();
  wanted.ns = request->namespace_();
  wanted.policies = {request->policies().begin(), request->policies().end()};
  if (request->has_expire_time()) wanted.expire_time = FromProto(request->expire_time());
  service_->access_keys.Create(
      answer->context(), std::move(wanted),
      AnswerWith<service::AccessKeyAdmin::Created>(answer, [response](auto& created) {
        Fill(created.key.key, response->mutable_key());
        response->set_secret(created.key.secret);
        for (const std::string& warning : created.warnings) response->add_warnings(warning);
      }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* AccessKeysService::List(grpc::CallbackServerContext* context,
                                                  const v1::AccessKeysListRequest*,
                                                  v1::AccessKeysListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "AccessKeys.List");
  if (!answer->is_admitted()) return answer->reactor();
  service_->access_keys.List(answer->context(), AnswerWith<std::vector<auth::AccessKeyInfo>>(
                                                    answer, [response](auto& all) {
                                                      for (const auth::AccessKeyInfo& info : all) {
                                                        v1::AccessKey* out = response->add_keys();
                                                        Fill(info.key, out);
                                                        out->set_damage(info.damage);
                                                      }
                                                    }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* AccessKeysService::Revoke(grpc::CallbackServerContext* context,
                                                    const v1::AccessKeysRevokeRequest* request,
                                                    v1::AccessKeysRevokeResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "AccessKeys.Revoke");
  if (!answer->is_admitted()) return answer->reactor();
  service_->access_keys.Revoke(answer->context(), request->id(),
                               AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* AccessKeysService::Delete(grpc::CallbackServerContext* context,
                                                    const v1::AccessKeysDeleteRequest* request,
                                                    v1::AccessKeysDeleteResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "AccessKeys.Delete");
  if (!answer->is_admitted()) return answer->reactor();
  service_->access_keys.Delete(answer->context(), request->id(),
                               AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

}  // namespace pawl::api
