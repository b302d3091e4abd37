// A fuzz target (tools/fuzz payload): any text as a JSON payload, which must survive a round trip;
// what parses is then a payload template, and text that is none may be an intrinsic function call.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/expr/payload_template.h"
#include "engine/value/json.h"

namespace {

using pawl::OrFailure;
using pawl::Value;
using pawl::expr::ExpressionPtr;

void Evaluate(const ExpressionPtr& expression) {
  static const Value& document = *new Value(*pawl::ParseJson(
      R"({"a":[1,2,{"b":"x"}],"s":"a-b c","n":7,"j":"{\"k\":[1]}","o":{"k":null,"t":true}})"));
  pawl::expr::RandomSource random(1);
  pawl::expr::Environment env;
  env.input = env.context = document;
  env.random = &random;
  env.limits.max_steps = 20'000;
  env.limits.max_result_bytes = size_t{1} << 20;
  env.limits.max_depth = 64;
  const OrFailure<Value> result = expression->Evaluate(env);
  if (result.ok()) (void)pawl::ToJson(*result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Value> value = pawl::ParseJson(text);
  if (!value.ok()) {
    const absl::StatusOr<ExpressionPtr> call = pawl::expr::CompilePathOrIntrinsic(text);
    if (call.ok()) Evaluate(*call);
    return 0;
  }
  const std::string written = pawl::ToJson(*value);
  const absl::StatusOr<Value> again = pawl::ParseJson(written);
  if (!again.ok() || !(*again == *value) || pawl::ToJson(*again) != written) std::abort();
  std::vector<pawl::expr::CompileProblem> problems;
  const ExpressionPtr compiled = pawl::expr::CompilePayloadTemplate(*value, &problems);
  if (compiled != nullptr) Evaluate(compiled);
  return 0;
}
