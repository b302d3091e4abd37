// Workers over gRPC: the Work stream (work_reactor.h), and its unary stand-ins.
#pragma once

#include "engine/api/unary.h"
#include "engine/api/work_reactor.h"
#include "pawl/v1/workers.grpc.pb.h"

namespace pawl::api {

class WorkersService final : public v1::Workers::CallbackService {
 public:
  WorkersService(service::Service* service, int max_frame_bytes)
      : service_(service), max_frame_bytes_(max_frame_bytes) {}

  grpc::ServerBidiReactor<v1::WorkersWorkRequest, v1::WorkersWorkResponse>* Work(
      grpc::CallbackServerContext* context) override {
    return WorkReactor::Start(service_, &streams_, context, max_frame_bytes_);
  }
  void SayGoAway() { streams_.SayGoAway(); }
  PAWL_UNARY_METHOD(Workers, PollTask);
  PAWL_UNARY_METHOD(Workers, CompleteTask);
  PAWL_UNARY_METHOD(Workers, HeartbeatTask);

 private:
  const runtime::Options& options() const { return service_->deps.node->options(); }

  service::Service* const service_;
  const int max_frame_bytes_;
  WorkStreams streams_;
};

}  // namespace pawl::api
