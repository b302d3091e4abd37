// Access keys over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/access_keys.grpc.pb.h"

namespace pawl::api {

class AccessKeysService final : public v1::AccessKeys::CallbackService {
 public:
  explicit AccessKeysService(service::Service* service) : service_(service) {}
  PAWL_UNARY_METHOD(AccessKeys, Create);
  PAWL_UNARY_METHOD(AccessKeys, List);
  PAWL_UNARY_METHOD(AccessKeys, Revoke);
  PAWL_UNARY_METHOD(AccessKeys, Delete);

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
