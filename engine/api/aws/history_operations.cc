// GetExecutionHistory.
#include "engine/api/aws/operations.h"
#include "engine/core/aws_history.h"

namespace pawl::api::aws_json {
namespace {

// Writes an event's details straight into the answer.
class DetailsWriter final : public core::DetailsSink {
 public:
  DetailsWriter(bool has_data, JsonObject* details) : has_data_(has_data), details_(details) {}

  void Text(absl::string_view key, absl::string_view text) override { details_->Text(key, text); }
  void Number(absl::string_view key, int64_t number) override { details_->Int(key, number); }
  void Data(absl::string_view key, absl::string_view details_key, const Payload& payload) override {
    if (!has_data_) return;
    details_->Text(key, payload.text());
    if (!details_key.empty()) details_->Object(details_key).Bool("truncated", false);
  }
  void Variables(const std::vector<core::AssignedVariable>& variables) override {
    if (!has_data_) return;
    {
      JsonObject assigned = details_->Object("assignedVariables");
      for (const core::AssignedVariable& variable : variables) {
        assigned.Text(variable.name, variable.value.text());
      }
    }
    details_->Object("assignedVariablesDetails").Bool("truncated", false);
  }
  void Credentials(absl::string_view role_arn) override {
    details_->Object("taskCredentials").Text("roleArn", role_arn);
  }

 private:
  const bool has_data_;
  JsonObject* const details_;
};

void WriteEvent(const core::Event& event, const core::HistoryStyle& style, bool has_data,
                JsonObject* out) {
  const core::EventTypeInfo& info = core::InfoOf(event.type);
  if (!info.details_key.empty()) {
    JsonObject details = out->Object(info.details_key);
    DetailsWriter writer(has_data, &details);
    core::WriteAwsDetails(event, style, &writer);
  }
  out->Int("id", event.id.value()).Int("previousEventId", event.previous.value());
  out->Time("timestamp", event.time).Text("type", info.name);
}

}  // namespace

void GetExecutionHistory(const CallPtr& call) {
  const RequestMembers& request = call->request();
  absl::Status status = aws::CheckArn(request.Text("executionArn"), {"execution"});
  if (!status.ok()) return call->Fail(status);
  service::HistoryQuery query;
  query.execution = request.Text("executionArn");
  query.page_size = static_cast<int>(request.Int("maxResults"));
  query.page_token = request.Text("nextToken");
  query.reverse = request.Bool("reverseOrder");
  call->service().histories.Get(
      call->context(), std::move(query),
      AnswerWith<service::HistoryPage>(
          call, [call](const service::HistoryPage& page, JsonObject* answer) {
            const bool has_data = call->request().Bool("includeExecutionData", true);
            {
              JsonArray events = answer->Array("events");
              for (const core::Event& event : page.events) {
                JsonObject one = events.Object();
                WriteEvent(event, page.style, has_data, &one);
              }
            }
            answer->TextIfAny("nextToken", page.next_page_token);
          }));
}

}  // namespace pawl::api::aws_json
