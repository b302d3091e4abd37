#include "engine/machine_test/mocked_definition.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/resource.h"
#include "engine/value/json.h"

namespace pawl::machine_test {
namespace {

constexpr char kMockedResource[] = "arn:aws:states:::mock:answer";

class Rewriter {
 public:
  Rewriter(const std::string& machine, const Mocks& mocks) : machine_(machine), mocks_(mocks) {}

  Value Block(const Value& block) const {
    return Map(block, [this](const std::string& key, const Value& value) {
      if (key != "States" || !value.is_object()) return value;
      return Map(value, [this](const std::string& name, const Value& state) {
        return State(name, state);
      });
    });
  }

 private:
  template <typename Change>
  static Value Map(const Value& object, Change change) {
    if (!object.is_object()) return object;
    Value::Members members;
    for (const auto& [key, value] : object.AsObject()) {
      members.emplace_back(key, change(key, value));
    }
    return Value::Object(std::move(members));
  }

  Value State(const std::string& name, const Value& state) const {
    return Map(state, [&](const std::string& key, const Value& value) {
      if (key == "ItemProcessor" || key == "Iterator") return Block(value);
      if (key == "Resource" && IsReplaced(name, value)) return Value::String(kMockedResource);
      if (key != "Branches" || !value.is_array()) return value;
      Value::Elements branches;
      for (const Value& branch : value.AsArray()) branches.push_back(Block(branch));
      return Value::Array(std::move(branches));
    });
  }

  bool IsReplaced(const std::string& state, const Value& text) const {
    auto mock = mocks_.states.find(absl::StrCat(machine_, "/", state));
    if (mock == mocks_.states.end()) mock = mocks_.states.find(state);
    if (mock == mocks_.states.end() || !text.is_string()) return false;
    const auto resource = asl::ParseResource(text.AsString());
    // Who waits for a token must have been told it.
    return resource.ok() && resource->kind == asl::Resource::Kind::kIntegration &&
           resource->pattern != asl::IntegrationPattern::kWaitForTaskToken &&
           (mock->second.is_whole_result || resource->is_start_execution);
  }

  const std::string& machine_;
  const Mocks& mocks_;
};

}  // namespace

std::string WithMockedTasks(const std::string& definition, const std::string& machine,
                            const Mocks& mocks) {
  const absl::StatusOr<Value> document = ParseJson(definition);
  if (!document.ok()) return definition;
  return ToJson(Rewriter(machine, mocks).Block(*document));
}

}  // namespace pawl::machine_test
