#include "engine/expr/jsonata_template.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/expr/jsonata/program.h"
#include "engine/expr/template.h"
#include "engine/value/json.h"

namespace pawl::expr {
namespace {

constexpr uint64_t kStepsPerEvaluation = 20;  // "$states" and the workspace

constexpr absl::string_view kOpen = "{%";
constexpr absl::string_view kClose = "%}";
constexpr absl::string_view kReserved = "states";

// Text with one of the delimiters: AWS refuses it at creation ("Writing JSONata expressions").
bool IsHalfJsonata(absl::string_view text) {
  return absl::StartsWith(text, kOpen) != absl::EndsWith(text, kClose);
}

// "$states" beside the variables of the scopes.
class WithStates final : public VariableLookup {
 public:
  WithStates(const Environment& env, bool uses_context) : outer_(env.variables) {
    Value::Members members = {{"input", env.input}};
    if (uses_context) members.emplace_back("context", env.context);
    if (env.result.has_value()) members.emplace_back("result", *env.result);
    if (env.error_output.has_value()) members.emplace_back("errorOutput", *env.error_output);
    states_ = Value::Object(std::move(members));
  }
  const Value* Find(absl::string_view name) const override {
    if (name == kReserved) return &states_;
    return outer_ == nullptr ? nullptr : outer_->Find(name);
  }

 private:
  const VariableLookup* const outer_;
  Value states_;
};

class JsonataExpression final : public Expression {
 public:
  JsonataExpression(std::shared_ptr<const jsonata::Program> program, std::string field)
      : program_(std::move(program)), field_(std::move(field)) {
    for (const jsonata::Reference& reference : program_->references()) {
      if (reference.variable != kReserved) continue;
      if (!reference.has_field || reference.field == "context") uses_context_ = true;
    }
  }

  OrFailure<Value> Evaluate(const Environment& environment) const override {
    const Metered metered(environment);
    const Environment& env = metered.env();
    if (!env.meter->Charge(kStepsPerEvaluation)) return Spent(*env.meter);
    const WithStates variables(env, uses_context_);
    jsonata::Inputs inputs;
    inputs.variables = &variables;
    inputs.random = env.random;
    inputs.now = env.now;
    inputs.limits = env.limits;
    inputs.meter = env.meter;
    jsonata::Outcome outcome = program_->Evaluate(inputs);
    switch (outcome.kind) {
      case jsonata::Outcome::Kind::kValue:
        return std::move(outcome.value);
      case jsonata::Outcome::Kind::kUndefined:
        return Fail("returned nothing (undefined).");
      case jsonata::Outcome::Kind::kFunction:
        return Fail("returned an unsupported result type.");
      case jsonata::Outcome::Kind::kError:
        break;
    }
    if (outcome.error.code == jsonata::kStepLimit) return Spent(*env.meter);
    // AWS's own limits have no code.
    if (absl::StartsWith(outcome.error.code, "U")) {
      return Fail(absl::StrCat("threw an error during evaluation: ", outcome.error.message));
    }
    return Fail(absl::StrCat("threw an error during evaluation. ", outcome.error.code, ": ",
                             outcome.error.message));
  }
  bool uses_context() const override { return uses_context_; }
  void AddVariables(std::vector<std::string>* names) const override {
    for (const jsonata::Reference& reference : program_->references()) {
      if (reference.variable != kReserved) names->push_back(reference.variable);
    }
  }
  const std::string& text() const override { return program_->text(); }

 private:
  Failure Fail(absl::string_view what) const {
    return Failure{"States.QueryEvaluationError",
                   absl::StrCat("The JSONata expression '", program_->text(),
                                "' specified for the field '", field_, "' ", what),
                   field_};
  }

  // Not an error of the query, which could be caught and tried again for ever.
  Failure Spent(const Meter& meter) const {
    return Failure{
        "States.Runtime",
        absl::StrCat("The JSONata expression '", program_->text(), "' specified for the field '",
                     field_, "' exceeds the limit ", StepLimitText(meter), "."),
        field_};
  }

  const std::shared_ptr<const jsonata::Program> program_;
  const std::string field_;
  bool uses_context_ = false;
};

class Compiler {
 public:
  Compiler(absl::string_view field, std::vector<CompileProblem>* problems,
           std::vector<VariableUse>* uses)
      : field_(field), problems_(problems), uses_(uses) {}

  // Adds to *problems_ what is wrong, and goes on behind it.
  void Compile(const Value& json, TemplatePart* part) {
    if (problems_->size() >= kMaxCompileProblems) return;
    if (json.is_string() && IsJsonata(json.AsString())) return CompileText(json.AsString(), part);
    if (json.is_string() && IsHalfJsonata(json.AsString())) {
      return Problem("INVALID_JSONATA_EXPRESSION",
                     "An expression must begin with '{%' and end with '%}'",
                     "add the delimiter that is missing, without blanks outside of it");
    }
    if (json.is_object()) {
      for (const Value::Member& m : json.AsObject()) {
        const PathScope scope(&path_, m.first);
        Compile(m.second, &part->children.emplace_back());
        part->names.push_back(m.first);
      }
      return FinishContainer(json, TemplatePart::Kind::kObject, part);
    }
    if (json.is_array()) {
      for (const Value& v : json.AsArray()) {
        const PathScope scope(&path_, part->children.size());
        Compile(v, &part->children.emplace_back());
      }
      return FinishContainer(json, TemplatePart::Kind::kArray, part);
    }
    part->constant = json;
  }

 private:
  void Problem(std::string code, std::string message, std::string detail) {
    problems_->push_back(
        {std::move(code), PointerOf(path_), std::move(message), std::move(detail)});
  }

  void CompileText(absl::string_view text, TemplatePart* part) {
    text.remove_prefix(kOpen.size());
    text.remove_suffix(kClose.size());
    text = absl::StripAsciiWhitespace(text);
    jsonata::Error error;
    std::shared_ptr<const jsonata::Program> program =
        jsonata::Program::Parse(text, jsonata::Dialect::kAws, &error);
    if (program == nullptr) {
      const bool is_reference = error.code == jsonata::kUnsupportedReference;
      return Problem(is_reference ? error.code : "INVALID_JSONATA_EXPRESSION", error.message,
                     is_reference
                         ? "the input of the state is $states.input, a variable is $name"
                         : absl::StrCat("at offset ", error.offset, " of the expression ", text));
    }
    if (uses_ != nullptr) {
      for (const jsonata::Reference& reference : program->references()) {
        uses_->push_back(VariableUse{PointerOf(path_), reference.variable, reference.field});
      }
    }
    part->kind = TemplatePart::Kind::kExpression;
    part->expression = std::make_shared<JsonataExpression>(std::move(program),
                                                           absl::StrCat(field_, FieldOf(path_)));
  }

  const absl::string_view field_;
  std::vector<CompileProblem>* const problems_;
  std::vector<VariableUse>* const uses_;
  TemplatePath path_;
};

}  // namespace

bool IsJsonata(absl::string_view text) {
  return text.size() >= kOpen.size() + kClose.size() && absl::StartsWith(text, kOpen) &&
         absl::EndsWith(text, kClose);
}

ExpressionPtr CompileJsonata(const Value& json, absl::string_view field,
                             std::vector<CompileProblem>* problems,
                             std::vector<VariableUse>* uses) {
  problems->clear();
  TemplatePart root;
  Compiler(field, problems, uses).Compile(json, &root);
  return problems->empty() ? MakeTemplate(std::move(root), ToJson(json)) : nullptr;
}

}  // namespace pawl::expr
