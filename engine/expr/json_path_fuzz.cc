// A fuzz target (tools/fuzz json_path): any text as a path, over a small document.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/expr/json_path.h"
#include "engine/value/json.h"

namespace {

using pawl::OrFailure;
using pawl::Value;
using pawl::expr::JsonPath;

const Value& Document() {
  static const Value& document = *new Value(*pawl::ParseJson(
      R"({"a":[1,2,{"b":"x","c":[true,null]}],"s":"a b c","n":-1.5,"o":{"k":null,"t":true,"":0}})"));
  return document;
}

class Variables final : public pawl::expr::VariableLookup {
 public:
  const Value* Find(absl::string_view name) const override {
    return name == "v" ? &Document() : nullptr;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<JsonPath> path = JsonPath::Parse(text);
  if (!path.ok()) return 0;
  if (text.substr(0, path->text().size()) != path->text()) std::abort();
  const Variables variables;
  pawl::expr::Environment env;
  env.input = env.context = Document();
  env.variables = &variables;
  env.limits.max_steps = 20'000;
  env.limits.max_result_bytes = size_t{1} << 20;
  env.limits.max_depth = 64;
  const OrFailure<Value> found = path->Evaluate(env);
  if (found.ok()) (void)pawl::ToJson(*found);
  Value value;
  (void)path->Match(env, &value);
  if (!path->is_reference()) return 0;
  // What a reference path put somewhere is what it finds there.
  const Value mark = Value::String("mark");
  const OrFailure<Value> assigned = path->Assign(Document(), mark);
  if (!assigned.ok()) return 0;
  env.input = *assigned;
  const OrFailure<Value> read = path->Evaluate(env);
  if (!read.ok() || !(*read == mark)) std::abort();
  return 0;
}
