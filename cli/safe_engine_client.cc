#include "cli/safe_engine_client.h"

#include <utility>

#include "cli/proto_json.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void MakeFieldSafe(const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const bool is_text = field->type() == FieldDescriptor::TYPE_STRING;
  if (is_text && !field->is_repeated()) {
    reflection->SetString(message, field, SafeLines(reflection->GetString(*message, field)));
  } else if (is_text) {
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      reflection->SetRepeatedString(message, field, i,
                                    SafeLines(reflection->GetRepeatedString(*message, field, i)));
    }
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
    MakeTextsSafe(reflection->MutableMessage(message, field));
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      MakeTextsSafe(reflection->MutableRepeatedMessage(message, field, i));
    }
  }
}

class SafeEngineClient final : public EngineClient {
 public:
  explicit SafeEngineClient(std::unique_ptr<EngineClient> engine) : engine_(std::move(engine)) {}

#define PAWL_SAFE_CALL(Message)                                                           \
  absl::Status Call(const v1::Message##Request& request, v1::Message##Response* response) \
      override {                                                                          \
    return Safe(engine_->Call(request, response), response);                              \
  }
  PAWL_SAFE_CALL(CreateStateMachine)
  PAWL_SAFE_CALL(UpdateStateMachine)
  PAWL_SAFE_CALL(DescribeStateMachine)
  PAWL_SAFE_CALL(ListStateMachines)
  PAWL_SAFE_CALL(DeleteStateMachine)
  PAWL_SAFE_CALL(ValidateStateMachine)
  PAWL_SAFE_CALL(TestState)
  PAWL_SAFE_CALL(StartExecution)
  PAWL_SAFE_CALL(StartAndWait)
  PAWL_SAFE_CALL(DescribeExecution)
  PAWL_SAFE_CALL(GetHistory)
  PAWL_SAFE_CALL(ListExecutions)
  PAWL_SAFE_CALL(StopExecution)
  PAWL_SAFE_CALL(DescribeMapRun)
  PAWL_SAFE_CALL(ListMapRuns)
  PAWL_SAFE_CALL(UpdateMapRun)
  PAWL_SAFE_CALL(SendTaskSuccess)
  PAWL_SAFE_CALL(SendTaskFailure)
  PAWL_SAFE_CALL(SendTaskHeartbeat)
  PAWL_SAFE_CALL(DescribeCluster)
  PAWL_SAFE_CALL(ListQuarantined)
  PAWL_SAFE_CALL(RetryQuarantined)
  PAWL_SAFE_CALL(ExportExecution)
#undef PAWL_SAFE_CALL

  absl::Status Follow(const v1::FollowHistoryRequest& request,
                      const std::function<void(const v1::FollowHistoryResponse&)>& each) override {
    return engine_->Follow(request, [&each](const v1::FollowHistoryResponse& batch) {
      v1::FollowHistoryResponse safe = batch;
      MakeTextsSafe(&safe);
      each(safe);
    });
  }

 private:
  static absl::Status Safe(absl::Status status, Message* response) {
    if (status.ok()) MakeTextsSafe(response);
    return status;
  }

  const std::unique_ptr<EngineClient> engine_;
};

}  // namespace

void MakeTextsSafe(Message* message) {
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!IsPayload(field->name())) MakeFieldSafe(field, message);
  }
}

std::unique_ptr<EngineClient> SafeForTerminals(std::unique_ptr<EngineClient> engine) {
  return std::make_unique<SafeEngineClient>(std::move(engine));
}

}  // namespace pawl::cli
