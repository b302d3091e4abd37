#include "tests/conformance/api_players.h"

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/value/json.h"
#include "pawl/worker.h"
#include "tests/support/http_client.h"

namespace pawl::conformance {
namespace {

std::string TextOf(const Value* value) {
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

std::string JsonOf(const Value* value) { return value != nullptr ? ToJson(*value) : "{}"; }

// Calls `see` with every event of every recorded history, in order.
void ForEachRecordedEvent(const Case& test, const std::function<void(const Value&)>& see) {
  for (const Value& step : test.Field("steps").AsArray()) {
    const Value* expect = step.Find("expect");
    const Value* events = expect != nullptr ? expect->Find("events") : nullptr;
    if (events == nullptr || !events->is_array()) continue;
    for (const Value& event : events->AsArray()) see(event);
  }
}

// What a worker or service was seen to answer; neither: it never did.
struct Recorded {
  absl::optional<std::string> output;  // JSON
  absl::optional<std::string> error;
  std::string cause;
};

Recorded Succeeded(const Value& details) {
  Recorded recorded;
  recorded.output = JsonOf(details.Find("output"));
  return recorded;
}

Recorded FailedWith(const Value& details) {
  Recorded recorded;
  recorded.error = TextOf(details.Find("error"));
  recorded.cause = TextOf(details.Find("cause"));
  return recorded;
}

void SendAnswer(testing::HttpClient* client, const std::string& token, const Recorded& recorded) {
  Value::Members members = {{"taskToken", Value::String(token)}};
  if (recorded.output.has_value()) {
    members.emplace_back("output", Value::String(*recorded.output));
    (void)client->Aws("SendTaskSuccess", ToJson(Value::Object(std::move(members))));
  } else if (recorded.error.has_value()) {
    members.emplace_back("error", Value::String(*recorded.error));
    members.emplace_back("cause", Value::String(recorded.cause));
    (void)client->Aws("SendTaskFailure", ToJson(Value::Object(std::move(members))));
  }
}

class ActivityWorker final : public Player {
 public:
  ActivityWorker(int http_port, Value poll, Recorded recorded)
      : client_(http_port), poll_(ToJson(poll)), recorded_(std::move(recorded)) {
    thread_ = std::thread([this] { Work(); });
  }
  ~ActivityWorker() override {
    is_stopping_ = true;
    client_.Abort();
    thread_.join();
  }

 private:
  void Work() {
    while (!is_stopping_) {
      const auto answer = client_.Aws("GetActivityTask", poll_);
      if (!answer.ok() || answer->status != 200) {
        absl::SleepFor(absl::Milliseconds(20));  // it is created later, perhaps
        continue;
      }
      const auto task = ParseJson(answer->body);
      const std::string token = task.ok() ? TextOf(task->Find("taskToken")) : "";
      if (!token.empty()) SendAnswer(&client_, token, recorded_);
    }
  }

  testing::HttpClient client_;
  const std::string poll_;
  const Recorded recorded_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

// A worker of the queue that hands the token to nobody and answers it itself.
class CallbackService final : public Player {
 public:
  struct Reply {
    std::string submitted;
    Recorded answer;
  };

  CallbackService(std::deque<Reply> replies, int http_port)
      : replies_(std::move(replies)), client_(http_port) {}
  ~CallbackService() override {
    if (worker_ != nullptr) (void)worker_->Stop(absl::Milliseconds(100));
    for (std::thread& thread : threads_) thread.join();
  }

  absl::Status Serve(const std::string& queue, const std::string& grpc_address) {
    Handlers handlers;
    handlers.AddAsync(queue, [this](const Task& task, const Responder& respond) {
      absl::MutexLock lock(&mutex_);
      if (replies_.empty()) return;
      const Reply reply = replies_.front();
      replies_.pop_front();
      respond(Succeed(reply.submitted));
      threads_.emplace_back([this, reply, token = task.token()] {
        // The token must not overtake the worker's own answer, or there is no TaskSubmitted.
        absl::SleepFor(absl::Milliseconds(300));
        absl::MutexLock guard(&mutex_);
        SendAnswer(&client_, token, reply.answer);
      });
    });
    WorkerOptions options;
    options.log = [](const std::string&) {};
    options.reports_crashes = false;
    worker_ = std::make_unique<Worker>(
        std::move(handlers), ConnectOptions{.addresses = {grpc_address}}, std::move(options));
    return worker_->Start();
  }

 private:
  absl::Mutex mutex_;
  std::deque<Reply> replies_;
  testing::HttpClient client_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace

std::unique_ptr<Player> PlayActivityWorker(const Case& test, int http_port) {
  Value::Members poll;
  Recorded recorded;
  bool has_started = false;
  ForEachRecordedEvent(test, [&](const Value& event) {
    if (const Value* scheduled = event.Find("activityScheduledEventDetails")) {
      poll = {{"activityArn", *scheduled->Find("resource")}};
    }
    if (TextOf(event.Find("type")) == "ActivityStarted") {
      has_started = true;
      const Value* details = event.Find("activityStartedEventDetails");
      const Value* name = details != nullptr ? details->Find("workerName") : nullptr;
      if (name != nullptr) poll.emplace_back("workerName", *name);
    }
    if (const Value* ended = event.Find("activitySucceededEventDetails")) {
      recorded = Succeeded(*ended);
    }
    if (const Value* ended = event.Find("activityFailedEventDetails")) {
      recorded = FailedWith(*ended);
    }
  });
  if (!has_started) return nullptr;
  return std::make_unique<ActivityWorker>(http_port, Value::Object(std::move(poll)),
                                          std::move(recorded));
}

absl::StatusOr<std::unique_ptr<Player>> PlayCallbackService(const Case& test, int http_port,
                                                            const std::string& grpc_address) {
  std::deque<CallbackService::Reply> replies;
  std::string queue;
  ForEachRecordedEvent(test, [&](const Value& event) {
    if (const Value* submitted = event.Find("taskSubmittedEventDetails")) {
      std::string action = TextOf(submitted->Find("resource"));
      if (!absl::StrContains(action, ".waitForTaskToken")) return;
      action = action.substr(0, action.find('.'));
      queue = absl::StrCat(TextOf(submitted->Find("resourceType")), ":", action);
      replies.push_back({JsonOf(submitted->Find("output")), {}});
    }
    if (replies.empty()) return;
    if (const Value* ended = event.Find("taskSucceededEventDetails")) {
      replies.back().answer = Succeeded(*ended);
    }
    if (const Value* ended = event.Find("taskFailedEventDetails")) {
      replies.back().answer = FailedWith(*ended);
    }
  });
  if (queue.empty()) return nullptr;
  auto service = std::make_unique<CallbackService>(std::move(replies), http_port);
  if (absl::Status status = service->Serve(queue, grpc_address); !status.ok()) return status;
  return service;
}

void PutScriptObjects(const Case& test, const std::string& folder) {
  int64_t items = 2;
  Value input;
  for (const Value& step : test.Field("steps").AsArray()) {
    const Value* params = step.Find("params");
    const auto parsed = ParseJson(params != nullptr ? TextOf(params->Find("input")) : "");
    if (parsed.ok() && parsed->Find("Bucket") != nullptr) input = *parsed;
    const Value* expect = step.Find("expect");
    const Value* counts = expect != nullptr ? expect->Find("itemCounts") : nullptr;
    if (counts != nullptr && counts->Find("total") != nullptr)
      counts->Find("total")->ToInt64(&items);
  }
  if (input.is_null()) return;
  const std::filesystem::path file =
      std::filesystem::path(folder) / TextOf(input.Find("Bucket")) / TextOf(input.Find("Key"));
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file);
  out << "Col1,Col2\n";
  for (int64_t i = 0; i < items; ++i) out << "Value1" << i << ",Value2" << i << "\n";
}

}  // namespace pawl::conformance
