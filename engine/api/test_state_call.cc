#include "engine/api/test_state_call.h"

#include <utility>

#include "engine/api/test_state_convert.h"

namespace pawl::api {

TestStateCall::TestStateCall(runtime::Node* node, const TaskRunner* run_task,
                             grpc::CallbackServerContext* context,
                             const v1::TestStateRequest* request, v1::TestStateResponse* response)
    : node_(node),
      run_task_(run_task),
      context_(context),
      answer_(LongAnswer::To(context, node->options())),
      response_(response),
      request_(FromProto(*request)),
      now_(node->world().clock->Now()),
      seed_(node->world().seed()) {}

grpc::ServerUnaryReactor* TestStateCall::Start() {
  grpc::ServerUnaryReactor* reactor = answer_->reactor();
  Evaluate();
  return reactor;
}

void TestStateCall::Evaluate() {
  // An expression may take long: not here, where callbacks must not block.
  node_->world().store->Read(
      [self = shared_from_this()](persistence::Store&) {
        expr::RandomSource random(self->seed_);
        const runtime::Options& options = self->node_->options();
        test_state::World world{self->now_, &random, options.region, options.account};
        if (*self->run_task_ != nullptr) {
          world.call_task = [&self](const test_state::TaskCall& call) {
            if (self->answered_.has_value()) return *self->answered_;
            self->asked_ = call;
            return test_state::TaskAnswer();
          };
        }
        self->result_ = test_state::Run(self->request_, world);
      },
      node_->any_strand(), [self = shared_from_this()] { self->AfterEvaluation(); });
}

void TestStateCall::AfterEvaluation() {
  if (asked_.has_value() && !answered_.has_value()) {
    return (*run_task_)(*std::move(asked_),
                        [self = shared_from_this()](absl::StatusOr<test_state::TaskAnswer> answer) {
                          if (!answer.ok()) return self->answer_->Finish(answer.status());
                          self->answered_ = *std::move(answer);
                          self->Evaluate();
                        });
  }
  if (!result_->ok()) {
    return answer_->Finish(absl::InvalidArgumentError(result_->refusal().message), [this] {
      context_->AddTrailingMetadata("aws-error", result_->refusal().code);
    });
  }
  answer_->Finish(absl::OkStatus(), [this] { ToProto(result_->response(), response_); });
}

}  // namespace pawl::api
