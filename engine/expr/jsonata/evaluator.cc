#include "engine/expr/jsonata/evaluator.h"

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/builtins.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/operators.h"

namespace pawl::expr::jsonata {
namespace {

void AppendFlattened(const Item& item, List* list, Workspace* workspace) {
  if (!item.is_array()) return workspace->Push(list, item);
  const Elements elements(item);
  workspace->Step(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) AppendFlattened(elements[i], list, workspace);
}

// An array that is the input as a whole is wrapped: here it is again.
const Item& Unwrapped(const Item& input) {
  const bool wrapped = input.list() != nullptr && input.list()->outer;
  return wrapped ? input.list()->items[0] : input;
}

}  // namespace

Item Evaluator::Evaluate(const Node& node, const Item& input, Frame* frame) {
  workspace_.Enter();
  Item result = EvaluateKind(node, input, frame);
  for (const Stage& stage : node.predicates) result = Filter(*stage.predicate, result, frame);
  if (node.group != nullptr && node.kind != NodeKind::kPath) {
    result = GroupBy(node.group->pairs, node.group->offset, result, frame);
  }
  workspace_.Leave();
  return result.is_sequence() ? Collapse(node, std::move(result)) : result;
}

Item Evaluator::EvaluateKind(const Node& node, const Item& input, Frame* frame) {
  switch (node.kind) {
    case NodeKind::kPath:
      return Path(node, input, frame);
    case NodeKind::kName:
      return Lookup(input, node.text, &workspace_);
    case NodeKind::kString:
    case NodeKind::kNumber:
    case NodeKind::kConstant:
      return Item(node.value);
    case NodeKind::kVariable:
      return Variable(node, input, frame);
    case NodeKind::kBinary:
      return Binary(node, input, frame);
    case NodeKind::kCall:
      return CallFunction(node, input, frame, nullptr);
    case NodeKind::kCondition:
      return Condition(node, input, frame);
    case NodeKind::kBlock:
      return Block(node, input, frame);
    case NodeKind::kObject:
      return GroupBy(node.pairs, node.offset, input, frame);
    case NodeKind::kArray:
      return Array(node, input, frame);
    case NodeKind::kNegate:
      return Negate(node, input, frame);
    case NodeKind::kBind: {
      Item value = Evaluate(*node.rhs, input, frame);
      workspace_.Work(BindSteps(frame->bindings.size(), 1));
      frame->Bind(node.symbol, value);
      return value;
    }
    case NodeKind::kLambda:
    case NodeKind::kTransform:
      return Lambda(node, input, frame);
    case NodeKind::kApply:
      return ApplyOperator(node, input, frame);
    case NodeKind::kPartial:
      return PartialCall(node, input, frame);
    case NodeKind::kRegex:
      return RegexFunction(node);
    case NodeKind::kWildcard:
      return Wildcard(input);
    case NodeKind::kDescendants:
      return Descendants(input);
    case NodeKind::kParent:
      if (const Item* bound = FindBinding(frame, node.slot->label); bound != nullptr) {
        return *bound;
      }
      return Item();
    case NodeKind::kSort:
    case NodeKind::kPlaceholder:
    case NodeKind::kEnd:
    case NodeKind::kRawDot:
    case NodeKind::kRawFilter:
    case NodeKind::kRawGroup:
    case NodeKind::kRawSort:
    case NodeKind::kRawFocus:
    case NodeKind::kRawIndex:
      break;  // evaluated elsewhere, or gone since the resolver
  }
  return Item();
}

// One element stands for a sequence of one, undefined for an empty one.
Item Evaluator::Collapse(const Node& node, Item result) {
  List* list = result.list();
  if (list->tuples) return result;
  if (list->items.empty()) return Item();
  if (list->items.size() > 1) return result;
  if (node.keep_array && !list->keep_singleton) {
    Ref<List> kept = workspace_.NewList(true);
    kept->keep_singleton = true;
    workspace_.PushAll(kept.get(), result);
    return Item(std::move(kept));
  }
  if (list->keep_singleton) return result;
  Item only = list->items[0];
  return only;
}

// nullptr where neither `frame` nor what encloses it binds `symbol`.
const Item* Evaluator::FindBinding(const Frame* frame, Symbol symbol) {
  for (; frame != nullptr; frame = frame->parent) {
    workspace_.Work(1 + frame->bindings.size() / 8);
    for (const auto& [name, item] : frame->bindings) {
      if (name == symbol) return &item;
    }
  }
  return nullptr;
}

Item Evaluator::Variable(const Node& node, const Item& input, Frame* frame) {
  if (node.symbol == Symbols::kContext) return Unwrapped(input);
  if (const Item* bound = FindBinding(frame, node.symbol); bound != nullptr) return *bound;
  if (world_.variables != nullptr) {
    if (const Value* value = world_.variables->Find(node.text); value != nullptr) {
      return Item(*value);
    }
  }
  return node.builtin == nullptr ? Item() : Item(FunctionOf(*node.builtin));
}

Item Evaluator::Binary(const Node& node, const Item& input, Frame* frame) {
  const Item lhs = Evaluate(*node.lhs, input, frame);
  try {
    if (node.op == BinaryOp::kAnd || node.op == BinaryOp::kOr) {
      const bool left = ToBoolean(lhs, &workspace_);
      if (left == (node.op == BinaryOp::kOr)) return Item::Bool(left);
      return Item::Bool(ToBoolean(Evaluate(*node.rhs, input, frame), &workspace_));
    }
    const Item rhs = Evaluate(*node.rhs, input, frame);
    return ApplyBinary(node.op, lhs, rhs, &workspace_);
  } catch (Raised& raised) {
    raised.AddOffset(node.offset);
    raised.AddToken(OpText(node.op));
    throw;
  }
}

Item Evaluator::Negate(const Node& node, const Item& input, Frame* frame) {
  Item operand = Evaluate(*node.lhs, input, frame);
  if (operand.is_undefined()) return operand;
  if (!IsNumeric(operand)) {
    throw Raised("D1002").With("value", ForMessage(operand)).Token("-").At(node.offset);
  }
  return Item::Number(-operand.AsNumber());
}

Item Evaluator::Array(const Node& node, const Item& input, Frame* frame) {
  Ref<List> result = workspace_.NewList(false);
  for (const NodePtr& part : node.list) {
    Item item = Evaluate(*part, input, frame);
    if (item.is_undefined()) continue;
    if (part->kind == NodeKind::kArray) {
      workspace_.Push(result.get(), std::move(item));
    } else {
      workspace_.PushAll(result.get(), item);
    }
  }
  result->cons = node.cons_array;
  return Item(std::move(result));
}

Item Evaluator::Condition(const Node& node, const Item& input, Frame* frame) {
  if (ToBoolean(Evaluate(*node.lhs, input, frame), &workspace_)) {
    return Evaluate(*node.rhs, input, frame);
  }
  return node.third == nullptr ? Item() : Evaluate(*node.third, input, frame);
}

Item Evaluator::Block(const Node& node, const Item& input, Frame* frame) {
  const auto evaluate = [&](Frame* scope) {
    Item result;
    for (const NodePtr& part : node.list) result = Evaluate(*part, input, scope);
    return result;
  };
  if (!node.binds) return evaluate(frame);
  const Scope scope(&workspace_, frame);
  return evaluate(scope.frame());
}

Item Evaluator::Wildcard(const Item& input) {
  Ref<List> result = workspace_.NewList(true);
  const Item& object = Unwrapped(input);
  const auto add = [&](const Item& item) { AppendFlattened(item, result.get(), &workspace_); };
  if (object.is_array()) {
    // An array's members are its elements.
    const Elements elements(object);
    for (size_t i = 0; i < elements.size(); ++i) add(elements[i]);
  } else {
    ForEachMember(object, [&](const std::string&, const Item& item) { add(item); });
  }
  return Item(std::move(result));
}

Item Evaluator::Descendants(const Item& input) {
  if (input.is_undefined()) return input;
  Ref<List> found = workspace_.NewList(true);
  CollectDescendants(input, found.get());
  return Item(std::move(found));
}

void Evaluator::CollectDescendants(const Item& input, List* found) {
  workspace_.Step();
  if (input.is_array()) {
    const Elements elements(input);
    for (size_t i = 0; i < elements.size(); ++i) CollectDescendants(elements[i], found);
    return;
  }
  workspace_.Push(found, input);
  ForEachMember(input,
                [&](const std::string&, const Item& item) { CollectDescendants(item, found); });
}

}  // namespace pawl::expr::jsonata
