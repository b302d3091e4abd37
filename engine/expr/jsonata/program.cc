#include "engine/expr/jsonata/program.h"

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/ast.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/parser.h"
#include "engine/expr/jsonata/references.h"
#include "engine/expr/jsonata/resolver.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {
namespace {

constexpr size_t kMaxTextBytes = size_t{256} * 1024;

// The input as a path sees it: an array that is the input as a whole is one item, not many.
Item InputItem(const Value& input, Workspace* workspace) {
  if (!input.is_array()) return Item(input);
  Ref<List> wrapper = workspace->NewList(true);
  wrapper->outer = true;
  workspace->Push(wrapper.get(), Item(input));
  return Item(std::move(wrapper));
}

}  // namespace

Program::Program(absl::string_view text, Dialect dialect)
    : text_(text), dialect_(dialect), symbols_(std::make_unique<Symbols>()) {
  if (text_.size() > kMaxTextBytes) {
    throw Raised("U1004").With(
        "message", absl::StrCat("The expression is longer than ", kMaxTextBytes, " bytes"));
  }
  root_ = Resolve(ParseRaw(text_, symbols_.get()), symbols_.get());
  references_ = FindReferences(*root_, *symbols_);
  if (dialect_ == Dialect::kAws) CheckContextReferences(*root_);
}

Program::~Program() = default;

std::shared_ptr<const Program> Program::Parse(absl::string_view text, Dialect dialect,
                                              Error* error) {
  try {
    return std::shared_ptr<const Program>(new Program(text, dialect));
  } catch (const Raised& raised) {
    *error = raised.ToError();
    return nullptr;
  }
}

Outcome Program::Evaluate(const Inputs& inputs) const {
  Outcome outcome;
  absl::optional<Meter> own;
  if (inputs.meter == nullptr) {
    MeterLimits limits;
    limits.max_steps_per_expression = inputs.limits.max_steps;
    own.emplace(limits);
  }
  Workspace workspace(inputs.limits, inputs.max_recursion,
                      inputs.meter == nullptr ? &*own : inputs.meter);
  const Evaluator::World world = {inputs.variables, inputs.random, inputs.now};
  Evaluator evaluator(world, *symbols_, &workspace);
  Frame frame;
  try {
    Item input;
    if (inputs.input != nullptr) {
      frame.Bind(Symbols::kRoot, Item(*inputs.input));
      input = InputItem(*inputs.input, &workspace);
    }
    const Item result = evaluator.Evaluate(*root_, input, &frame);
    if (result.is_undefined()) return outcome;
    const Fidelity fidelity = dialect_ == Dialect::kAws ? Fidelity::kAwsResult : Fidelity::kResult;
    if (!ToValue(result, fidelity, &workspace, &outcome.value)) {
      outcome.kind = Outcome::Kind::kFunction;
      return outcome;
    }
    workspace.CheckDepth(outcome.value.depth());
    workspace.CheckSize(outcome.value.weight());
    outcome.kind = Outcome::Kind::kValue;
  } catch (const Raised& raised) {
    outcome.kind = Outcome::Kind::kError;
    outcome.error = raised.ToError();
  }
  return outcome;
}

const Value* Program::literal() const {
  const bool is_literal = root_->kind == NodeKind::kString || root_->kind == NodeKind::kNumber ||
                          root_->kind == NodeKind::kConstant;
  return is_literal && root_->predicates.empty() && root_->group == nullptr ? &root_->value
                                                                            : nullptr;
}

}  // namespace pawl::expr::jsonata
