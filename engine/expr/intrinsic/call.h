// A parsed intrinsic function call: States.Format('{}', $.a).
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/types/optional.h"
#include "engine/expr/expression.h"
#include "engine/expr/intrinsic/format.h"
#include "engine/expr/intrinsic/functions.h"
#include "engine/expr/json_path.h"
#include "engine/value/value.h"

namespace pawl::expr::intrinsic {

struct Call {
  using Argument = std::variant<Value, JsonPath, std::unique_ptr<const Call>>;

  const Function* function = nullptr;
  std::vector<Argument> arguments;
  // The literal template of a States.Format; it is not among the arguments then.
  absl::optional<FormatTemplate> format;
};

// A call as an expression. Immutable, thread-safe.
class CallExpression final : public Expression {
 public:
  CallExpression(std::string text, std::unique_ptr<const Call> call);

  // Every failure is States.Runtime: "The function '...' had the following error: ...". (The
  // specification has States.IntrinsicFailure; this is what AWS does.)
  OrFailure<Value> Evaluate(const Environment& env) const override;
  bool uses_context() const override { return uses_context_; }
  void AddVariables(std::vector<std::string>* names) const override;
  const std::string& text() const override { return text_; }

 private:
  // False with *why, the text after "had the following error: ", where the call fails.
  static bool Run(const Call& call, const Environment& env, Value* result, std::string* why);

  const std::string text_;
  const std::unique_ptr<const Call> call_;
  const bool uses_context_;
};

}  // namespace pawl::expr::intrinsic
