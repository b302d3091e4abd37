// One FollowHistory stream: stored events first, then those that commits bring. Internal to
// engine/api.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/convert.h"
#include "engine/api/unary.h"

namespace pawl::api {

class FollowReactor final : public grpc::ServerWriteReactor<v1::FollowHistoryResponse>,
                            public std::enable_shared_from_this<FollowReactor> {
 public:
  static grpc::ServerWriteReactor<v1::FollowHistoryResponse>* Start(
      runtime::Node* node, const v1::FollowHistoryRequest& request);

  explicit FollowReactor(runtime::Node* node) : node_(node) {}
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void Watch(persistence::ExecutionRef ref);
  // Reads what has been stored since, unless a read or a write is under way.
  void ReadMore();
  void OnRead(absl::Status status, std::vector<persistence::HistoryRow> rows);
  void End(const absl::Status& status);

  runtime::Node* node_;
  HistoryStyle style_;
  core::EventId after_event_ = 0;
  std::shared_ptr<FollowReactor> self_;  // until OnDone

  absl::Mutex mutex_;
  persistence::ExecutionRef ref_ ABSL_GUARDED_BY(mutex_);
  runtime::Watchers::Id watch_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;    // reading or writing
  bool has_news_ ABSL_GUARDED_BY(mutex_) = false;   // came while busy
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;  // the execution's last event has been read
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;   // Finish was called
  v1::FollowHistoryResponse response_;
};

}  // namespace pawl::api
