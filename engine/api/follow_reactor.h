// One FollowHistory stream: the pages of a service::HistoryFollower, written one at a time.
// Internal to engine/api.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/unary.h"
#include "engine/service/follow.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::api {

class FollowReactor final : public grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>,
                            public service::FollowSink,
                            public std::enable_shared_from_this<FollowReactor> {
 public:
  static grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* Start(
      const service::Service& service, grpc::CallbackServerContext* context,
      const v1::ExecutionsFollowHistoryRequest& request);

  // Both outlive it.
  FollowReactor(const service::Service& service, grpc::CallbackServerContext* context);

  void OnPage(service::HistoryPage page) override;
  void OnEnd(const absl::Status& status) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void End(const absl::Status& status);

  const service::Service& service_;
  grpc::CallbackServerContext* const context_;
  service::CallContext call_;  // written by Start
  const runtime::Options& options_;
  const std::shared_ptr<service::HistoryFollower> follower_;
  std::shared_ptr<FollowReactor> self_;           // until OnDone
  v1::ExecutionsFollowHistoryResponse response_;  // being written

  absl::Mutex mutex_;
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;  // Finish was called
};

}  // namespace pawl::api
