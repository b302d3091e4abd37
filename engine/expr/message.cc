#include "engine/expr/message.h"

#include "absl/strings/str_cat.h"
#include "engine/expr/expression.h"
#include "engine/value/json.h"

namespace pawl::expr {

std::string JsonForMessage(const Value& value) {
  constexpr uint64_t kMaxBytes = uint64_t{1024} * 1024;
  if (value.weight() <= kMaxBytes) return ToJson(value);
  return absl::StrCat("<", KindName(value), " of about ", value.weight(), " bytes>");
}

std::string StepLimitText(const Meter& meter) {
  return absl::StrCat("of ", meter.limits().max_steps_per_expression,
                      " steps for one expression (flag --max-expression-steps)");
}

}  // namespace pawl::expr
