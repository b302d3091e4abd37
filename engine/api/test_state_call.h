// One call of TestState. Internal to engine/api.
//
// A state is evaluated at once, but for a task without a mock: that is learnt by evaluating with no
// answer at hand; then the task is run, and the state is evaluated once more, at the same time and
// with the same random numbers, with what was answered.
#pragma once

#include <memory>

#include "absl/types/optional.h"
#include "engine/api/grpc_server.h"
#include "engine/api/long_answer.h"
#include "engine/api/unary.h"
#include "engine/test_state/test_state.h"
#include "pawl/v1/test_state.pb.h"

namespace pawl::api {

class TestStateCall : public std::enable_shared_from_this<TestStateCall> {
 public:
  // `run_task` may be empty: then a task without a mock is refused. All pointers outlive the call.
  TestStateCall(runtime::Node* node, const TaskRunner* run_task,
                grpc::CallbackServerContext* context, const v1::TestStateRequest* request,
                v1::TestStateResponse* response);
  grpc::ServerUnaryReactor* Start();

 private:
  void Evaluate();
  void AfterEvaluation();

  runtime::Node* const node_;
  const TaskRunner* const run_task_;
  grpc::CallbackServerContext* const context_;
  const std::shared_ptr<LongAnswer> answer_;
  v1::TestStateResponse* const response_;
  const test_state::Request request_;
  const absl::Time now_;
  const uint64_t seed_;
  absl::optional<test_state::TaskCall> asked_;  // the task that the state wants
  absl::optional<test_state::TaskAnswer> answered_;
  absl::optional<test_state::Answer> result_;
};

}  // namespace pawl::api
