#include "engine/test_state/inspection_data.h"

#include <utility>

namespace pawl::test_state {
namespace {

using asl::StateType;

// By AWS's record: Parallel tells nothing of its way in, and what Map and Parallel get from their
// children is told only after ResultSelector.
bool TellsWayIn(const asl::State& state) { return state.type != StateType::kParallel; }

bool TellsParameters(const asl::State& state) {
  return state.type == StateType::kTask || state.type == StateType::kPass;
}

bool TellsResult(const asl::State& state) {
  if (state.type == StateType::kTask) return true;
  return state.type == StateType::kPass && state.language == asl::QueryLanguage::kJsonPath &&
         state.As<asl::PassFields>().result.has_value();
}

class Members {
 public:
  void Add(const char* name, const absl::optional<Value>& value) {
    if (value.has_value()) members_.emplace_back(name, *value);
  }
  void Add(const char* name, const absl::optional<int64_t>& number) {
    if (number.has_value()) members_.emplace_back(name, Value::Int(*number));
  }
  Value Take() && { return Value::Object(std::move(members_)); }

 private:
  Value::Members members_;
};

void AddDataFlow(const asl::State& state, const core::Inspection& seen, const Value& input,
                 Members* out) {
  if (state.language == asl::QueryLanguage::kJsonata) {
    if (state.type == StateType::kTask) out->Add("afterArguments", seen.after_parameters);
    if (TellsResult(state)) out->Add("result", seen.result);
    return;
  }
  if (TellsWayIn(state)) {
    // A Fail state has no InputPath, and is told as if it had.
    out->Add("afterInputPath",
             state.type == StateType::kFail ? absl::optional<Value>(input) : seen.after_input_path);
  }
  if (TellsParameters(state)) out->Add("afterParameters", seen.after_parameters);
  out->Add("afterItemsPath", seen.after_items_path);
  if (TellsResult(state)) out->Add("result", seen.result);
  out->Add("afterResultSelector", seen.after_result_selector);
  out->Add("afterResultPath", seen.after_result_path);
}

void AddMap(const asl::State& state, const core::Inspection& seen, const Told& told, Members* out) {
  if (state.As<asl::MapFields>().item_selector != nullptr && !seen.after_item_selector.empty()) {
    out->Add("afterItemSelector", Value::Array(seen.after_item_selector));
  }
  out->Add("afterItemsPointer", told.after_items_pointer);
  if (!told.after_batches.is_null()) out->Add("afterItemBatcher", told.after_batches);
  out->Add("maxConcurrency", seen.max_concurrency);
  out->Add("toleratedFailureCount", seen.tolerated_failure_count);
  if (seen.tolerated_failure_percentage.has_value()) {
    out->Add("toleratedFailurePercentage", Value::Double(*seen.tolerated_failure_percentage));
  }
}

}  // namespace

Value InspectionData(const asl::State& state, const core::Inspection& seen, const Told& told) {
  Members data;
  data.Add("input", told.input);
  AddDataFlow(state, seen, told.input, &data);
  if (state.type == StateType::kMap) AddMap(state, seen, told, &data);
  if (told.variables.is_object() && !told.variables.AsObject().empty()) {
    data.Add("variables", told.variables);
  }
  data.Add("request", told.http_request);
  data.Add("response", told.http_response);
  if (!told.error_details.is_null()) data.Add("errorDetails", told.error_details);
  return std::move(data).Take();
}

}  // namespace pawl::test_state
