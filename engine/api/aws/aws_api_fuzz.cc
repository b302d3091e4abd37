// A fuzz target (tools/fuzz aws_api): "OPERATION BODY" as a request of AWS's API to an engine that
// has a few machines and executions. Every request is answered, never with HTTP 500, in JSON;
// and what is answered with 200 fits the API model.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "engine/api/aws/constraints.h"
#include "engine/api/aws/front.h"
#include "engine/runtime/in_process_engine.h"
#include "engine/value/json.h"
#include "persistence/memory/memory_store.h"

namespace {

using namespace pawl;  // NOLINT(google-build-using-namespace): a program of one file

constexpr char kAccount[] = "000000000000";
constexpr char kPass[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";
constexpr char kWait[] = R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":9,"End":true}}})";

class KeptExchange final : public http::Exchange {
 public:
  // The first answer counts; a Respond that goes says so again.
  void Send(http::Response response) override {
    if (!response_.has_value()) response_ = std::move(response);
  }
  void OnGone(std::function<void()> callback) override { gone_ = std::move(callback); }
  void Leave() const {
    if (gone_ && !response_.has_value()) gone_();
  }
  const absl::optional<http::Response>& response() const { return response_; }

 private:
  absl::optional<http::Response> response_;
  std::function<void()> gone_;
};

runtime::InProcessOptions OptionsOver(persistence::Store* store) {
  runtime::InProcessOptions options;
  options.store = store;
  // Definitions that loop must come to an end.
  options.runtime.limits.max_history_events = 200;
  options.runtime.limits.expression.max_steps = 20'000;
  options.runtime.express_log.level = runtime::ExpressLogLevel::kOff;
  return options;
}

class World {
 public:
  World() {
    if (!engine_.Open().ok()) std::abort();
    std::vector<asl::Diagnostic> diagnostics;
    for (const char* type : {"STANDARD", "EXPRESS"}) {
      const std::string name = type == std::string("EXPRESS") ? "fast" : "m";
      (void)engine_.CreateMachine(name, kPass, "", &diagnostics, type);
    }
    (void)engine_.CreateMachine("wait", kWait, "", &diagnostics);
    (void)engine_.Start("m", "e", "{}");
    (void)engine_.Start("wait", "e", "{}");
    engine_.RunFor(absl::Seconds(1));
  }

  void Ask(const std::string& operation, std::string body) {
    const auto exchange = std::make_shared<KeptExchange>();
    front_.Handle(
        {"POST", "/", "", {{"X-Amz-Target", "AWSStepFunctions." + operation}}, std::move(body)},
        http::Respond(exchange));
    engine_.RunFor(absl::Milliseconds(10));
    exchange->Leave();
    engine_.RunFor(absl::Minutes(2));
    Check(operation, *exchange);
  }

 private:
  void Check(const std::string& operation, const KeptExchange& exchange) const {
    const http::Response response = exchange.response().value_or(http::Response{0, "", "", {}});
    const absl::StatusOr<Value> answer = ParseJson(response.body);
    const api::aws_json::Operation* known = model_.FindOperation(operation);
    if (answer.ok() && answer->is_object() && response.status != 500) {
      if (response.status != 200) return;
      if (known != nullptr && api::aws_json::CheckTypes(*known->output, *answer).ok()) return;
    }
    std::fprintf(stderr, "HTTP %d: %s\n", response.status, response.body.c_str());
    std::abort();
  }

  persistence::MemoryStore store_{{[] { return absl::FromUnixSeconds(1'700'000'000); }}};
  runtime::InProcessEngine engine_{OptionsOver(&store_)};
  service::Service service_{&engine_.node(), service::Settings()};
  api::aws_json::Front front_{&service_};
  const api::aws_json::Model model_ =
      api::aws_json::Model::Parse(api::aws_json::BuiltInModelText()).value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // What earlier requests have made is there for the next ones, but not for ever.
  constexpr int kRequestsPerWorld = 200;
  static std::unique_ptr<World> world;
  static int requests = 0;
  if (world == nullptr || ++requests % kRequestsPerWorld == 0) {
    world.reset();
    world = std::make_unique<World>();
  }
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t space = text.find(' ');
  if (space == std::string::npos) return 0;
  world->Ask(text.substr(0, space), text.substr(space + 1));
  return 0;
}
