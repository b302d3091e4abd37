// A JSON value in which some places hold expressions: what payload templates (JSONPath) and the
// fields of JSONata states compile to. Which places hold expressions is for the language to say.
#pragma once

#include <string>
#include <variant>
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

// Where the walk through a template is. Pointers are made of it only for problems: a hostile
// template has many long ones.
using TemplatePath = std::vector<std::variant<absl::string_view, size_t>>;
std::string PointerOf(const TemplatePath& path);  // "/a/0"
std::string FieldOf(const TemplatePath& path);    // "/a[0]", as AWS's messages have it

// One step of the walk, for as long as it lives.
class PathScope {
 public:
  PathScope(TemplatePath* path, std::variant<absl::string_view, size_t> token) : path_(path) {
    path_->push_back(token);
  }
  ~PathScope() { path_->pop_back(); }
  PathScope(const PathScope&) = delete;
  PathScope& operator=(const PathScope&) = delete;

 private:
  TemplatePath* path_;
};

// `part`, whose children are complete, as an array or object. A container of constants only
// becomes one constant: `json`, the value as it stands in the template.
void FinishContainer(const Value& json, TemplatePart::Kind kind, TemplatePart* part);

// `text` is what text() gives.
ExpressionPtr MakeTemplate(TemplatePart root, std::string text);

}  // namespace pawl::expr
