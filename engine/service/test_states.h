// TestState: one state of a definition, evaluated by itself.
//
// A state is evaluated at once, but for a task without a mock: that is learnt by evaluating with no
// answer at hand; then the task is run, and the state is evaluated once more, at the same time and
// with the same random numbers, with what was answered.
#pragma once

#include <functional>
#include <utility>

#include "engine/service/call.h"
#include "engine/service/deps.h"
#include "engine/test_state/test_state.h"

namespace pawl::service {

// Runs a task for TestState and answers once, on a thread that must not block. A status is the
// engine's own trouble (ResourceExhausted, Unavailable); a task's failure is an answer.
using TaskRunner =
    std::function<void(const CallContext& context, test_state::TaskCall call,
                       std::function<void(absl::StatusOr<test_state::TaskAnswer>)> done)>;

// Thread-safe.
class TestStates {
 public:
  // `run_task` may be empty: then a task without a mock is refused.
  // `reveals_secrets`: a traced HTTP Task may show what its connection adds to the request.
  TestStates(Deps deps, TaskRunner run_task, bool reveals_secrets)
      : deps_(deps), run_task_(std::move(run_task)), reveals_secrets_(reveals_secrets) {}

  // AccessDenied (secrets are not revealed), ValidationException, InvalidDefinition,
  // InvalidExecutionInput.
  void Test(const CallContext& context, test_state::Request request,
            Done<test_state::Response> done);

 private:
  const Deps deps_;
  const TaskRunner run_task_;
  const bool reveals_secrets_;
};

}  // namespace pawl::service
