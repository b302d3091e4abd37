// Namespaces over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/namespaces.grpc.pb.h"

namespace pawl::api {

class NamespacesService final : public v1::Namespaces::CallbackService {
 public:
  explicit NamespacesService(service::Service* service) : service_(service) {}
  PAWL_UNARY_METHOD(Namespaces, Create);
  PAWL_UNARY_METHOD(Namespaces, Describe);
  PAWL_UNARY_METHOD(Namespaces, List);
  PAWL_UNARY_METHOD(Namespaces, Update);

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
