#include "engine/api/namespaces_service.h"

#include <utility>

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

runtime::NamespaceRegistry::Change ChangeOf(const v1::NamespaceSettings& settings) {
  runtime::NamespaceRegistry::Change change;
  if (settings.has_description()) change.description = settings.description();
  if (settings.has_retention()) {
    const absl::Duration retention = FromProto(settings.retention());
    change.retention = retention == absl::ZeroDuration()
                           ? absl::optional<absl::Duration>()
                           : absl::optional<absl::Duration>(retention);
  }
  if (settings.has_rate_limits()) {
    change.rate_limits.emplace(settings.rate_limits().rates().begin(),
                               settings.rate_limits().rates().end());
  }
  return change;
}

runtime::NamespaceSettings SettingsOf(const v1::NamespaceSettings& settings) {
  runtime::NamespaceRegistry::Change change = ChangeOf(settings);
  runtime::NamespaceSettings out;
  out.description = std::move(change.description).value_or("");
  if (change.retention.has_value()) out.retention = *change.retention;
  if (change.rate_limits.has_value()) out.rate_limits = *std::move(change.rate_limits);
  return out;
}

void Fill(const runtime::Namespace& ns, v1::Namespace* out) {
  out->set_account(ns.account);
  v1::NamespaceSettings* settings = out->mutable_settings();
  settings->set_description(ns.settings.description);
  if (ns.settings.retention.has_value()) {
    *settings->mutable_retention() = ToProto(*ns.settings.retention);
  }
  for (const std::string& rate : ns.settings.rate_limits) {
    settings->mutable_rate_limits()->add_rates(rate);
  }
  if (ns.create_time.has_value()) *out->mutable_create_time() = ToProto(*ns.create_time);
}

template <typename Response>
service::Done<runtime::Namespace> AnswerWithOne(std::shared_ptr<LongAnswer> answer,
                                                Response* response) {
  return AnswerWith<runtime::Namespace>(std::move(answer), [response](runtime::Namespace& ns) {
    Fill(ns, response->mutable_namespace_());
  });
}

}  // namespace

grpc::ServerUnaryReactor* NamespacesService::Create(grpc::CallbackServerContext* context,
                                                    const v1::NamespacesCreateRequest* request,
                                                    v1::NamespacesCreateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Namespaces.Create");
  if (!answer->is_admitted()) return answer->reactor();
  service_->namespaces.Create(answer->context(), request->account(),
                              SettingsOf(request->settings()), AnswerWithOne(answer, response));
  return answer->reactor();
}

grpc::ServerUnaryReactor* NamespacesService::Describe(grpc::CallbackServerContext* context,
                                                      const v1::NamespacesDescribeRequest* request,
                                                      v1::NamespacesDescribeResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Namespaces.Describe");
  if (!answer->is_admitted()) return answer->reactor();
  service_->namespaces.Describe(answer->context(), request->account(),
                                AnswerWithOne(answer, response));
  return answer->reactor();
}

grpc::ServerUnaryReactor* NamespacesService::List(grpc::CallbackServerContext* context,
                                                  const v1::NamespacesListRequest*,
                                                  v1::NamespacesListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Namespaces.List");
  if (!answer->is_admitted()) return answer->reactor();
  service_->namespaces.List(
      answer->context(), AnswerWith<std::vector<runtime::Namespace>>(answer, [response](auto& all) {
        for (const runtime::Namespace& ns : all) Fill(ns, response->add_namespaces());
      }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* NamespacesService::Update(grpc::CallbackServerContext* context,
                                                    const v1::NamespacesUpdateRequest* request,
                                                    v1::NamespacesUpdateResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Namespaces.Update");
  if (!answer->is_admitted()) return answer->reactor();
  service_->namespaces.Update(answer->context(), request->account(), ChangeOf(request->settings()),
                              AnswerWithOne(answer, response));
  return answer->reactor();
}

}  // namespace pawl::api
