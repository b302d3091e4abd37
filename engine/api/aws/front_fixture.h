// The API over an engine in virtual time, without sockets.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/api/aws/constraints.h"
#include "engine/api/aws/front.h"
#include "engine/service/service_fixture.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {

// What came back. Every answer of HTTP 200 has been checked against the API model.
struct Answer {
  int status = 0;  // 0: none yet
  http::Headers headers;
  Value body;

  std::string Text(absl::string_view member) const {
    const Value* found = body.Find(member);
    return found != nullptr && found->is_string() ? found->AsString() : "";
  }
  const Value& operator[](absl::string_view member) const {
    static const auto* const none = new Value();
    const Value* found = body.Find(member);
    return found != nullptr ? *found : *none;
  }
  bool Has(absl::string_view member) const { return body.Find(member) != nullptr; }
  std::string Header(absl::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }
};

// Keeps what a request is answered with.
class KeptExchange final : public http::Exchange {
 public:
  void Send(http::Response response) override {
    if (!response_.has_value()) response_ = std::move(response);
  }
  void OnGone(std::function<void()> callback) override { gone_ = std::move(callback); }

  // The client goes away.
  void Leave() const {
    if (gone_ && !response_.has_value()) gone_();
  }
  const absl::optional<http::Response>& response() const { return response_; }

 private:
  absl::optional<http::Response> response_;
  std::function<void()> gone_;
};

class FrontFixture : public service::ServiceFixture {
 protected:
  FrontFixture() : ServiceFixture(EngineDefaults()) {}

  static constexpr char kRole[] = "arn:aws:iam::000000000000:role/test";
  static constexpr char kPrefix[] = "arn:aws:states:us-east-1:000000000000:";
  static constexpr char kPass[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";

  static std::string Arn(const std::string& kind_and_name) { return kPrefix + kind_and_name; }

  // Sends a request and leaves it waiting.
  std::shared_ptr<KeptExchange> Send(const std::string& target, std::string body,
                                     http::Headers headers = {}) {
    auto exchange = std::make_shared<KeptExchange>();
    headers.emplace_back("X-Amz-Target", target);
    front_.Handle({"POST", "/", "", std::move(headers), std::move(body)}, http::Respond(exchange));
    return exchange;
  }

  // The answer to an operation; time goes on by `wait` at most.
  Answer Call(const std::string& operation, const std::string& body,
              absl::Duration wait = absl::Milliseconds(10)) {
    const auto exchange = Send("AWSStepFunctions." + operation, body);
    engine_.RunFor(wait);
    Answer answer = AnswerOf(*exchange);
    if (answer.status == 200) CheckFits(operation, answer.body);
    return answer;
  }

  static Answer AnswerOf(const KeptExchange& exchange) {
    Answer answer;
    if (!exchange.response().has_value()) return answer;
    answer.status = exchange.response()->status;
    answer.headers = exchange.response()->headers;
    absl::StatusOr<Value> body = ParseJson(exchange.response()->body);
    EXPECT_TRUE(body.ok()) << exchange.response()->body;
    if (body.ok()) answer.body = *std::move(body);
    return answer;
  }

  std::string CreateMachine(const std::string& name, const std::string& definition = kPass,
                            const std::string& more = "") {
    const Answer answer = Call("CreateStateMachine", MachineBody(name, definition, more));
    EXPECT_EQ(answer.status, 200) << ToJson(answer.body);
    return answer.Text("stateMachineArn");
  }
  static std::string MachineBody(const std::string& name, const std::string& definition,
                                 const std::string& more = "") {
    return "{\"name\":" + ToJson(Value::String(name)) + ",\"roleArn\":\"" + kRole +
           "\",\"definition\":" + ToJson(Value::String(definition)) + more + "}";
  }
  // The ARN of an execution that has had time to run.
  std::string Start(const std::string& machine, const std::string& name,
                    const std::string& input = "{}", absl::Duration wait = absl::Seconds(1)) {
    const Answer answer = Call("StartExecution",
                               ToJson(Value::Object({{"stateMachineArn", Value::String(machine)},
                                                     {"name", Value::String(name)},
                                                     {"input", Value::String(input)}})),
                               wait);
    EXPECT_EQ(answer.status, 200) << ToJson(answer.body);
    return answer.Text("executionArn");
  }
  static std::string Of(const char* member, const std::string& text, const std::string& more = "") {
    return "{\"" + std::string(member) + "\":" + ToJson(Value::String(text)) + more + "}";
  }

  // As pawl-engine is without flags.
  static runtime::Options EngineDefaults() {
    runtime::Options options;
    options.open_activities = false;
    return options;
  }

  // Every member of an answer is known to the model and has its type; none is null.
  void CheckFits(const std::string& operation, const Value& body) const {
    const Shape& shape = *model_.FindOperation(operation)->output;
    EXPECT_TRUE(CheckTypes(shape, body).ok()) << CheckTypes(shape, body);
    EXPECT_TRUE(CheckConstraints(shape, body).ok()) << CheckConstraints(shape, body);
    CheckKnown(shape, body, operation);
  }
  static void CheckKnown(const Shape& shape, const Value& value, const std::string& at) {
    EXPECT_FALSE(value.is_null()) << at;
    if (shape.type == Shape::Type::kList && value.is_array()) {
      for (const Value& element : value.AsArray()) CheckKnown(*shape.element, element, at + "[]");
    }
    if (shape.type != Shape::Type::kStructure || !value.is_object()) return;
    for (const auto& [name, member] : value.AsObject()) {
      const ShapeMember* known = nullptr;
      for (const ShapeMember& candidate : shape.members) {
        if (candidate.name == name) known = &candidate;
      }
      ASSERT_NE(known, nullptr) << at << " has no member " << name;
      CheckKnown(*known->shape, member, at + "." + name);
    }
  }

  const Model model_ = Model::Parse(BuiltInModelText()).value();
  Front front_{service_.get()};
};

}  // namespace pawl::api::aws_json
