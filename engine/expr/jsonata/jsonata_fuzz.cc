// A fuzz target (tools/fuzz jsonata): any text, in both dialects, over a small input and under
// small limits.
#include <cstddef>
#include <cstdint>

#include "engine/expr/jsonata/program.h"
#include "engine/value/json.h"

namespace {

using pawl::Value;
namespace jsonata = pawl::expr::jsonata;

class States final : public pawl::expr::VariableLookup {
 public:
  explicit States(const Value& states) : states_(states) {}
  const Value* Find(absl::string_view name) const override {
    return name == "states" ? &states_ : nullptr;
  }

 private:
  const Value& states_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Value& input = *new Value(*pawl::ParseJson(
      R"({"input":{"a":[1,2,{"b":"x"}],"s":"a b c","n":-1.5,"o":{"k":null,"t":true}},"a":[{"b":1}]})"));
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const States states(input);
  for (const jsonata::Dialect dialect : {jsonata::Dialect::kAws, jsonata::Dialect::kReference}) {
    jsonata::Error error;
    const auto program = jsonata::Program::Parse(text, dialect, &error);
    if (program == nullptr) continue;
    pawl::expr::RandomSource random(1);
    jsonata::Inputs inputs;
    inputs.variables = &states;
    inputs.random = &random;
    if (dialect == jsonata::Dialect::kReference) inputs.input = &input;
    inputs.limits.max_steps = 20'000;
    inputs.limits.max_result_bytes = size_t{1} << 20;
    inputs.limits.max_depth = 64;
    inputs.max_recursion = 200;
    const jsonata::Outcome outcome = program->Evaluate(inputs);
    if (outcome.kind == jsonata::Outcome::Kind::kValue) (void)pawl::ToJson(outcome.value);
  }
  return 0;
}
