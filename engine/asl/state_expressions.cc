#include "engine/asl/state_expressions.h"

#include "absl/strings/str_cat.h"

namespace pawl::asl {
namespace {

class Visitor {
 public:
  using Visit = std::function<void(const std::string& pointer, const expr::Expression&)>;

  Visitor(const State& state, const Visit& visit) : state_(state), visit_(visit) {}

  void All() {
    const bool is_jsonata = state_.language == QueryLanguage::kJsonata;
    Give("InputPath", state_.input_path.path);
    Give(is_jsonata ? "Arguments" : "Parameters", state_.parameters);
    Give("ResultSelector", state_.result_selector);
    Give("OutputPath", state_.output_path.path);
    Give("Output", state_.output);
    Give("Assign", state_.assign);
    for (size_t i = 0; i < state_.catchers.size(); ++i) {
      Give(absl::StrCat("Catch/", i, "/Assign"), state_.catchers[i].assign);
      Give(absl::StrCat("Catch/", i, "/Output"), state_.catchers[i].output);
    }
    if (const auto* task = std::get_if<TaskFields>(&state_.fields)) {
      Give(task->timeout_seconds);
      Give(task->heartbeat_seconds);
      Give("Credentials", task->credentials);
    } else if (const auto* wait = std::get_if<WaitFields>(&state_.fields)) {
      Give(wait->seconds);
      Give(wait->timestamp);
    } else if (const auto* fail = std::get_if<FailFields>(&state_.fields)) {
      Give(fail->error);
      Give(fail->cause);
    } else if (const auto* choice = std::get_if<ChoiceFields>(&state_.fields)) {
      Rules(*choice);
    } else if (const auto* map = std::get_if<MapFields>(&state_.fields)) {
      Map(*map);
    }
  }

 private:
  void Give(const std::string& field, const expr::ExpressionPtr& expression) {
    if (expression != nullptr) visit_(absl::StrCat(state_.pointer, "/", field), *expression);
  }
  void Give(const NumberField& field) { Give(field.field, field.expression); }
  void Give(const PercentField& field) { Give(field.field, field.expression); }
  void Give(const StringField& field) { Give(field.field, field.expression); }

  void Rules(const ChoiceFields& choice) {
    for (size_t i = 0; i < choice.rules.size(); ++i) {
      const ChoiceRule& rule = choice.rules[i];
      const std::string place = absl::StrCat("Choices/", i);
      Give(place + "/Condition", rule.predicate);
      Give(place + "/Assign", rule.assign);
      Give(place + "/Output", rule.output);
      GiveCondition(place, rule.condition);
    }
  }

  void GiveCondition(const std::string& place, const Condition& condition) {
    const std::string pointer = absl::StrCat(state_.pointer, "/", place);
    if (condition.variable.has_value()) visit_(pointer + "/Variable", *condition.variable);
    if (condition.value_path.has_value()) visit_(pointer, *condition.value_path);
    for (const Condition& operand : condition.operands) GiveCondition(place, operand);
  }

  void Map(const MapFields& map) {
    const bool is_jsonata = state_.language == QueryLanguage::kJsonata;
    Give("ItemsPath", map.items_path.path);
    Give("Items", map.items);
    Give("ItemSelector", map.item_selector);
    Give(map.max_concurrency);
    Give(map.tolerated_failure_count);
    Give(map.tolerated_failure_percentage);
    if (map.distributed == nullptr) return;
    const std::string parameters = is_jsonata ? "/Arguments" : "/Parameters";
    if (const auto& reader = map.distributed->reader) {
      Give("ItemReader" + parameters, reader->parameters);
      Give("ItemReader/ReaderConfig", reader->max_items.expression);
    }
    if (const auto& batcher = map.distributed->batcher) {
      Give("ItemBatcher", batcher->max_items.expression);
      Give("ItemBatcher", batcher->max_bytes.expression);
      Give("ItemBatcher/BatchInput", batcher->batch_input);
    }
    if (const auto& writer = map.distributed->writer) {
      Give("ResultWriter" + parameters, writer->parameters);
    }
  }

  const State& state_;
  const Visit& visit_;
};

}  // namespace

void EachExpression(const State& state, const Visitor::Visit& visit) {
  Visitor(state, visit).All();
}

}  // namespace pawl::asl
