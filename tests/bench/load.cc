#include "tests/bench/load.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/machines.grpc.pb.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// One start in flight, and the next when it is answered.
class Starter {
 public:
  Starter(const LoadOptions& options)
      : options_(options), stub_(v1::Executions::NewStub(Connect(options.address))) {}

  absl::StatusOr<LoadResult> Run() {
    auto before = Ended();
    if (!before.ok()) return before.status();
    const absl::Time began = absl::Now();
    {
      absl::MutexLock lock(&mutex_);
      while (in_flight_ < options_.starts_in_flight && next_ < options_.executions) Send();
    }
    for (;;) {
      absl::SleepFor(absl::Milliseconds(20));
      auto ended = Ended();
      if (!ended.ok()) return ended.status();
      absl::MutexLock lock(&mutex_);
      ended_ = static_cast<int>(*ended - *before);
      if (!failure_.ok()) return failure_;
      while (MaySend()) Send();
      const int reached = options_.waits_for_end ? ended_ : result_.started;
      if (reached >= options_.executions && in_flight_ == 0) break;
    }
    absl::MutexLock lock(&mutex_);
    result_.wall_seconds = absl::ToDoubleSeconds(absl::Now() - began);
    return result_;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::ExecutionsStartRequest request;
    v1::ExecutionsStartResponse response;
  };

  absl::StatusOr<double> Ended() const {
    auto text = testing::HttpGet(options_.http_port, "/metrics");
    if (!text.ok()) return text.status();
    return testing::MetricValue(*text, "pawl_executions_ended_total");
  }

  bool MaySend() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return (next_ < options_.executions || !again_.empty()) &&
           in_flight_ < options_.starts_in_flight &&
           result_.started + in_flight_ - ended_ < options_.open_executions;
  }

  void Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    int number = 0;
    if (!again_.empty()) {
      number = again_.back();
      again_.pop_back();
    } else {
      number = next_++;
    }
    ++in_flight_;
    auto* call = new Call;
    call->request.set_state_machine(options_.machine);
    call->request.set_name(absl::StrCat(options_.prefix, number));
    call->request.set_input(options_.input);
    stub_->async()->Start(&call->context, &call->request, &call->response,
                          [this, call, number](grpc::Status status) {
                            delete call;
                            absl::MutexLock lock(&mutex_);
                            --in_flight_;
                            if (status.ok()) {
                              ++result_.started;
                            } else if (status.error_code() == grpc::RESOURCE_EXHAUSTED) {
                              ++result_.refused;
                              again_.push_back(number);
                            } else {
                              failure_ = ToAbsl(status);
                            }
                            if (failure_.ok() && MaySend()) Send();
                          });
  }

  const LoadOptions options_;
  std::unique_ptr<v1::Executions::Stub> stub_;
  absl::Mutex mutex_;
  int next_ ABSL_GUARDED_BY(mutex_) = 0;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<int> again_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  LoadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::string TextInput(size_t letters) {
  return absl::StrCat("{\"t\":\"", std::string(letters, 'a'), "\"}");
}

absl::Status PutMachine(const std::string& address, const std::string& name,
                        const std::string& definition) {
  auto stub = v1::StateMachines::NewStub(Connect(address));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  v1::StateMachinesCreateRequest request;
  request.set_name(name);
  request.set_definition(definition);
  v1::StateMachinesCreateResponse response;
  return ToAbsl(stub->Create(&context, request, &response));
}

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options) { return Starter(options).Run(); }

absl::StatusOr<std::vector<double>> RunOneByOne(const LoadOptions& options) {
  auto stub = v1::Executions::NewStub(Connect(options.address));
  std::vector<double> seconds;
  for (int i = 0; i < options.executions; ++i) {
    grpc::ClientContext context;
    v1::ExecutionsStartAndWaitRequest request;
    request.mutable_start()->set_state_machine(options.machine);
    request.mutable_start()->set_name(absl::StrCat(options.prefix, i));
    request.mutable_start()->set_input(options.input);
    v1::ExecutionsStartAndWaitResponse response;
    const absl::Time began = absl::Now();
    const grpc::Status status = stub->StartAndWait(&context, request, &response);
    if (!status.ok()) return ToAbsl(status);
    if (response.execution().status() != v1::EXECUTION_STATUS_SUCCEEDED) {
      return absl::InternalError(
          absl::StrCat("an execution ended as ", response.execution().status()));
    }
    seconds.push_back(absl::ToDoubleSeconds(absl::Now() - began));
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

}  // namespace pawl::bench
