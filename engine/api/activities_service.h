// Activities and tags over gRPC: converts, and asks engine/service.
#pragma once

#include "engine/api/unary.h"
#include "pawl/v1/activities.grpc.pb.h"

namespace pawl::api {

class ActivitiesService final : public v1::Activities::CallbackService {
 public:
  explicit ActivitiesService(service::Service* service) : service_(service) {}

  PAWL_UNARY_METHOD(Activities, Create);
  PAWL_UNARY_METHOD(Activities, List);
  PAWL_UNARY_METHOD(Activities, Delete);

 private:
  service::Service* const service_;
};

class TagsService final : public v1::Tags::CallbackService {
 public:
  explicit TagsService(service::Service* service) : service_(service) {}

  PAWL_UNARY_METHOD(Tags, Set);
  PAWL_UNARY_METHOD(Tags, Remove);
  PAWL_UNARY_METHOD(Tags, List);

 private:
  service::Service* const service_;
};

}  // namespace pawl::api
