// Functions: making them, calling them, and calls in tail position, which take no stack.
#include <algorithm>

#include "engine/expr/jsonata/builtins.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/match.h"

namespace pawl::expr::jsonata {
namespace {

// How deep functions made of functions may go: calling one takes stack.
constexpr uint32_t kMaxCompositions = 100;

// The name by which a call calls: of the variable, or of the field where the "$" was forgotten.
absl::string_view NameOf(const Node& callee) {
  if (callee.kind == NodeKind::kPath) return callee.list[0]->text;
  return callee.kind == NodeKind::kVariable ? absl::string_view(callee.text) : "";
}

bool ForgotDollar(const Node& callee) {
  return callee.kind == NodeKind::kPath && callee.list.size() == 1 &&
         callee.list[0]->kind == NodeKind::kName && FindBuiltin(callee.list[0]->text) != nullptr;
}

bool IsTailCall(const Node& node) {
  return node.kind == NodeKind::kCall && node.predicates.empty() && node.group == nullptr;
}

}  // namespace

const Function* Evaluator::Callee(const Node& node, const Item& input, Frame* frame,
                                  Arguments* arguments) {
  const Item callee = Evaluate(*node.lhs, input, frame);
  if (callee.is_undefined() && ForgotDollar(*node.lhs)) {
    throw Raised("T1005").Token(NameOf(*node.lhs)).At(node.lhs->offset);
  }
  for (const NodePtr& argument : node.list) {
    arguments->push_back(Evaluate(*argument, input, frame));
  }
  if (callee.function() == nullptr) {
    throw Raised("T1006").Token(NameOf(*node.lhs)).At(node.lhs->offset);
  }
  return callee.function();
}

Item Evaluator::CallFunction(const Node& node, const Item& input, Frame* frame, const Item* first) {
  TailCall call;
  if (first != nullptr) call.arguments.push_back(*first);
  call.function = Callee(node, input, frame, &call.arguments);
  call.node = &node;
  return MakeCalls(&call, input);
}

// Makes `call`, the call that it ends with, and so on. Errors that do not know better happened at
// the node of the call.
Item Evaluator::MakeCalls(TailCall* call, const Item& context) {
  TailCall spare;
  TailCall* next = &spare;
  while (true) {
    next->function = nullptr;
    next->arguments.clear();
    try {
      Item result = ApplyOnce(*call->function, &call->arguments, context, next);
      if (next->function == nullptr) return result;
    } catch (Raised& raised) {
      raised.AddOffset(call->node->lhs->offset);
      raised.AddToken(NameOf(*call->node->lhs));
      throw;
    }
    std::swap(call, next);
  }
}

// Counts as two levels: it takes as much stack, and a built-in that calls a function that ends with
// a call of the built-in passes through no other evaluation.
Item Evaluator::Apply(const Function& function, Arguments arguments, const Item& context) {
  workspace_.Enter(2);
  TailCall next;
  Item result = ApplyOnce(function, &arguments, context, &next);
  if (next.function != nullptr) result = MakeCalls(&next, context);
  workspace_.Leave(2);
  return result;
}

Item Evaluator::ApplyToElement(const Function& function, const Item& item, Item key,
                               const Item& all) {
  const size_t arity = function.Arity();
  Arguments arguments = {item};
  if (arity >= 2) arguments.push_back(std::move(key));
  if (arity >= 3) arguments.push_back(all);
  return Apply(function, std::move(arguments), Item(Value::Null()));
}

Item Evaluator::ApplyOnce(const Function& function, Arguments* arguments, const Item& context,
                          TailCall* next) {
  workspace_.Step();
  switch (function.kind) {
    case Function::Kind::kBuiltin: {
      const Builtin& builtin = *function.builtin;
      SignatureOf(builtin).Apply(context, arguments, &workspace_);
      const bool absent = !arguments->empty() && (*arguments)[0].is_undefined();
      if (absent && builtin.undefined_in_undefined_out) return Item();
      return builtin.code({*this, workspace_, context, *arguments});
    }
    case Function::Kind::kLambda:
      return ApplyLambda(function, arguments, context, next);
    case Function::Kind::kPartial:
      return ApplyPartial(function, *arguments, context);
    case Function::Kind::kChain:
      return ApplyChain(function, *arguments);
    case Function::Kind::kTransform: {
      static const Signature& signature = *new Signature(Signature::Parse("<(oa):o>"));
      signature.Apply(context, arguments, &workspace_);
      return Transform(function, (*arguments)[0]);
    }
    case Function::Kind::kRegex:
    case Function::Kind::kNextMatch:
      return ApplyRegex(function, *arguments, &workspace_);
  }
  return Item();
}

Item Evaluator::ApplyPartial(const Function& function, const Arguments& arguments,
                             const Item& context) {
  workspace_.Work(function.arguments.size());
  Arguments all = function.arguments;
  size_t given = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    if (function.open[i] && given < arguments.size()) all[i] = arguments[given++];
  }
  return Apply(*function.first, std::move(all), context);
}

Item Evaluator::ApplyChain(const Function& function, const Arguments& arguments) {
  const Item argument = arguments.empty() ? Item() : arguments[0];
  const Item between = Apply(*function.first, {argument}, Item());
  return Apply(*function.second, {between}, Item());
}

Item Evaluator::ApplyLambda(const Function& function, Arguments* arguments, const Item& context,
                            TailCall* next) {
  const Node& node = *function.node;
  if (node.signature != nullptr) node.signature->Apply(context, arguments, &workspace_);
  const Scope scope(&workspace_, function.frame);
  workspace_.Work(BindSteps(0, node.params.size()));
  for (size_t i = 0; i < node.params.size(); ++i) {
    scope.frame()->Bind(node.params[i],
                        i < arguments->size() ? std::move((*arguments)[i]) : Item());
  }
  return EvaluateTail(*node.lhs, function.input, scope.frame(), next);
}

// Evaluates the body of a function. A call that ends it is prepared, not made.
Item Evaluator::EvaluateTail(const Node& node, const Item& input, Frame* frame, TailCall* next) {
  const bool plain = node.predicates.empty() && node.group == nullptr && !node.keep_array;
  if (plain && IsTailCall(node)) {
    workspace_.Step();
    next->function = Callee(node, input, frame, &next->arguments);
    next->node = &node;
    return Item();
  }
  if (!plain || (node.kind != NodeKind::kCondition && node.kind != NodeKind::kBlock)) {
    return Evaluate(node, input, frame);
  }
  workspace_.Enter();
  Item result;
  if (node.kind == NodeKind::kCondition) {
    const bool holds = ToBoolean(Evaluate(*node.lhs, input, frame), &workspace_);
    const Node* branch = holds ? node.rhs.get() : node.third.get();
    if (branch != nullptr) result = EvaluateTail(*branch, input, frame, next);
  } else {
    const Scope scope(&workspace_, frame);
    for (const NodePtr& part : node.list) {
      result = &part == &node.list.back() ? EvaluateTail(*part, input, scope.frame(), next)
                                          : Evaluate(*part, input, scope.frame());
    }
  }
  workspace_.Leave();
  return result;
}

Item Evaluator::Lambda(const Node& node, const Item& input, Frame* frame) {
  Function* function = workspace_.NewFunction(
      node.kind == NodeKind::kLambda ? Function::Kind::kLambda : Function::Kind::kTransform);
  function->node = &node;
  function->frame = frame;
  function->input = input;
  Workspace::Capture(frame);
  return Item(function);
}

Item Evaluator::PartialCall(const Node& node, const Item& input, Frame* frame) {
  Arguments arguments;
  std::vector<bool> open;
  for (const NodePtr& argument : node.list) {
    open.push_back(argument->kind == NodeKind::kPlaceholder);
    arguments.push_back(open.back() ? Item() : Evaluate(*argument, input, frame));
  }
  const Item callee = Evaluate(*node.lhs, input, frame);
  if (callee.function() == nullptr) {
    const bool forgot = callee.is_undefined() && ForgotDollar(*node.lhs);
    throw Raised(forgot ? "T1007" : "T1008").Token(NameOf(*node.lhs)).At(node.lhs->offset);
  }
  Function* partial = workspace_.NewFunction(Function::Kind::kPartial);
  partial->first = callee.function();
  partial->arguments = std::move(arguments);
  partial->open = std::move(open);
  partial->depth = callee.function()->depth + 1;
  if (partial->depth > kMaxCompositions) workspace_.RaiseRecursion();
  return Item(partial);
}

// lhs ~> rhs: a call with lhs as the first argument, or a function made of two.
Item Evaluator::ApplyOperator(const Node& node, const Item& input, Frame* frame) {
  const Item lhs = Evaluate(*node.lhs, input, frame);
  if (node.rhs->kind == NodeKind::kCall) {
    Item result = CallFunction(*node.rhs, input, frame, &lhs);
    return result;
  }
  const Item rhs = Evaluate(*node.rhs, input, frame);
  if (rhs.function() == nullptr) {
    throw Raised("T2006").With("value", ForMessage(rhs)).Token("~>").At(node.offset);
  }
  if (lhs.function() == nullptr) {
    try {
      return Apply(*rhs.function(), {lhs}, Item(Value::Null()));
    } catch (Raised& raised) {
      raised.AddOffset(node.rhs->offset);
      raised.AddToken(NameOf(*node.rhs));
      throw;
    }
  }
  Function* chain = workspace_.NewFunction(Function::Kind::kChain);
  chain->first = lhs.function();
  chain->second = rhs.function();
  chain->depth = std::max(chain->first->depth, chain->second->depth) + 1;
  if (chain->depth > kMaxCompositions) workspace_.RaiseRecursion();
  return Item(chain);
}

Item Evaluator::RegexFunction(const Node& node) {
  Function* function = workspace_.NewFunction(Function::Kind::kRegex);
  function->regex = node.regex.get();
  return Item(function);
}

}  // namespace pawl::expr::jsonata
