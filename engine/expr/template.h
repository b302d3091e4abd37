// A JSON value in which some places hold expressions: what payload templates (JSONPath) and the
// fields of JSONata states compile to. Which places hold expressions is for the language to say.
#pragma once

#include <string>
#include <vector>

#include "engine/expr/expression.h"
#include "engine/value/value.h"

namespace pawl::expr {

// One place of a template. Parts without expressions are constants, shared by all results.
struct TemplatePart {
  enum class Kind : uint8_t { kConstant, kExpression, kArray, kObject };

  Kind kind = Kind::kConstant;
  Value constant;
  ExpressionPtr expression;
  std::vector<TemplatePart> children;  // of kArray and kObject
  std::vector<std::string> names;      // of kObject, one for each child
};

// `part`, whose children are complete, as an array or object. A container of constants only
// becomes one constant: `json`, the value as it stands in the template.
void FinishContainer(const Value& json, TemplatePart::Kind kind, TemplatePart* part);

// `text` is what text() gives.
ExpressionPtr MakeTemplate(TemplatePart root, std::string text);

}  // namespace pawl::expr
