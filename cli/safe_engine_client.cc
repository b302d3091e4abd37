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
  PAWL_SAFE_CALL(AccessKeysCreate)
  PAWL_SAFE_CALL(AccessKeysList)
  PAWL_SAFE_CALL(AccessKeysRevoke)
  PAWL_SAFE_CALL(AccessKeysDelete)
  PAWL_SAFE_CALL(NamespacesCreate)
  PAWL_SAFE_CALL(NamespacesDescribe)
  PAWL_SAFE_CALL(NamespacesList)
  PAWL_SAFE_CALL(NamespacesUpdate)
  PAWL_SAFE_CALL(StateMachinesCreate)
  PAWL_SAFE_CALL(StateMachinesUpdate)
  PAWL_SAFE_CALL(StateMachinesDescribe)
  PAWL_SAFE_CALL(StateMachinesList)
  PAWL_SAFE_CALL(StateMachinesDelete)
  PAWL_SAFE_CALL(StateMachinesPublishVersion)
  PAWL_SAFE_CALL(StateMachinesListVersions)
  PAWL_SAFE_CALL(StateMachinesDeleteVersion)
  PAWL_SAFE_CALL(StateMachinesSetAlias)
  PAWL_SAFE_CALL(StateMachinesListAliases)
  PAWL_SAFE_CALL(StateMachinesDeleteAlias)
  PAWL_SAFE_CALL(StateMachinesValidate)
  PAWL_SAFE_CALL(StateMachinesTestState)
  PAWL_SAFE_CALL(ExecutionsStart)
  PAWL_SAFE_CALL(ExecutionsStartAndWait)
  PAWL_SAFE_CALL(ExecutionsDescribe)
  PAWL_SAFE_CALL(ExecutionsGetHistory)
  PAWL_SAFE_CALL(ExecutionsList)
  PAWL_SAFE_CALL(ExecutionsStop)
  PAWL_SAFE_CALL(ExecutionsRedrive)
  PAWL_SAFE_CALL(ExecutionsDescribeMapRun)
  PAWL_SAFE_CALL(ExecutionsListMapRuns)
  PAWL_SAFE_CALL(ExecutionsUpdateMapRun)
  PAWL_SAFE_CALL(ExecutionsSendTaskSuccess)
  PAWL_SAFE_CALL(ExecutionsSendTaskFailure)
  PAWL_SAFE_CALL(ExecutionsSendTaskHeartbeat)
  PAWL_SAFE_CALL(ClusterDescribe)
  PAWL_SAFE_CALL(ClusterListQuarantined)
  PAWL_SAFE_CALL(ClusterRetryQuarantined)
  PAWL_SAFE_CALL(ClusterExportExecution)
#undef PAWL_SAFE_CALL

  absl::Status Follow(
      const v1::ExecutionsFollowHistoryRequest& request,
      const std::function<void(const v1::ExecutionsFollowHistoryResponse&)>& each) override {
    return engine_->Follow(request, [&each](const v1::ExecutionsFollowHistoryResponse& batch) {
      v1::ExecutionsFollowHistoryResponse safe = batch;
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
