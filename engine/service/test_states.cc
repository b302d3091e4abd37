#include "engine/service/test_states.h"

#include <memory>

#include "engine/aws/error.h"
#include "engine/service/limits.h"

namespace pawl::service {
namespace {

class TestCall : public std::enable_shared_from_this<TestCall> {
 public:
  TestCall(const Deps& deps, const TaskRunner* run_task, bool reveals_secrets,
           const CallContext& context, test_state::Request request, Done<test_state::Response> done)
      : deps_(deps),
        run_task_(run_task),
        reveals_secrets_(reveals_secrets),
        context_(context),
        request_(std::move(request)),
        now_(deps.Now()),
        seed_(deps.node->world().seed()),
        done_(std::move(done)) {}

  void Evaluate() {
    // An expression may take long: not here, where callbacks must not block.
    deps_.node->world().slow->Run([self = shared_from_this()] { self->Run(); },
                                  deps_.node->any_strand(),
                                  [self = shared_from_this()] { self->AfterEvaluation(); });
  }

 private:
  void Run() {
    expr::RandomSource random(seed_);
    test_state::World world{now_, &random, deps_.node->options().region, context_.ns};
    if (*run_task_ != nullptr) {
      world.call_task = [this](const test_state::TaskCall& call) {
        if (answered_.has_value()) return *answered_;
        asked_ = call;
        return test_state::TaskAnswer();
      };
    }
    result_ = test_state::Run(request_, world);
  }

  void AfterEvaluation() {
    if (asked_.has_value() && !answered_.has_value()) return RunTask();
    if (result_->ok()) return done_(result_->response());
    const test_state::Refusal& refusal = result_->refusal();
    const aws::ErrorInfo* error = aws::FindByAwsName(refusal.code);
    done_(
        aws::MakeError(error != nullptr ? error->error : aws::Error::kValidation, refusal.message));
  }

  void RunTask() {
    if (absl::Status status = CheckQueue(asked_->queue); !status.ok()) {
      return done_(std::move(status));
    }
    if (asked_->reveals_secrets && !reveals_secrets_) {
      return done_(aws::MakeError(
          aws::Error::kAccessDenied,
          "This engine does not reveal the secrets of connections: leave revealSecrets out, or "
          "start pawl-engine with --reveal-connection-secrets"));
    }
    (*run_task_)(context_, *asked_,
                 [self = shared_from_this()](absl::StatusOr<test_state::TaskAnswer> answer) {
                   if (!answer.ok()) return self->done_(answer.status());
                   self->answered_ = *std::move(answer);
                   self->Evaluate();
                 });
  }

  const Deps deps_;
  const TaskRunner* const run_task_;
  const bool reveals_secrets_;
  const CallContext context_;
  const test_state::Request request_;
  const absl::Time now_;
  const uint64_t seed_;
  Done<test_state::Response> done_;
  absl::optional<test_state::TaskCall> asked_;  // the task that the state wants
  absl::optional<test_state::TaskAnswer> answered_;
  absl::optional<test_state::Answer> result_;
};

}  // namespace

void TestStates::Test(const CallContext& context, test_state::Request request,
                      Done<test_state::Response> done) {
  absl::Status status =
      CheckLength("roleArn", request.role_arn.value_or(""), kMaxRoleArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, "TestState", "");
  if (status.ok()) status = aws::CheckRoleArn(request.role_arn.value_or(""));
  if (!status.ok()) return done(std::move(status));
  std::make_shared<TestCall>(deps_, &run_task_, reveals_secrets_, context, std::move(request),
                             std::move(done))
      ->Evaluate();
}

}  // namespace pawl::service
