// Paths: steps, predicates, and the tuples that carry bindings along.
//
// The input of a step is an item: an array is stepped over element by element, anything else is one
// element. So long as a path runs through single objects (`$states.input.order.id`) no list is
// made.
#include <cmath>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/evaluator.h"

namespace pawl::expr::jsonata {
namespace {

bool IsPlainName(const Node& step) {
  return step.kind == NodeKind::kName && !step.tuple && step.stages.empty() && !step.keep_array &&
         step.predicates.empty() && step.group == nullptr;
}

// Where `index` points in an array of `size`, counting from the end where it is negative. `size`
// where it points nowhere.
size_t ToPosition(double index, size_t size) {
  double position = std::floor(index);
  if (position < 0) position += static_cast<double>(size);
  return position >= 0 && position < static_cast<double>(size) ? static_cast<size_t>(position)
                                                               : size;
}

// What a step yields for each element of its input, as one sequence. No list is made of one result.
class StepResults {
 public:
  explicit StepResults(Workspace* workspace) : workspace_(*workspace) {}

  void Add(Item result) {
    if (result.is_undefined()) return;
    if (++count_ == 1) {
      first_ = std::move(result);
      return;
    }
    if (count_ == 2) {
      sequence_ = workspace_.NewList(true);
      Flatten(std::move(first_));
    }
    Flatten(std::move(result));
  }

  // An array that is the only result of the `last` step stays as it is.
  Item Take(bool last) {
    if (count_ > 1) return Item(std::move(sequence_));
    const List* list = first_.list();
    if (list == nullptr || (last && !list->sequence) || !(list->cons || list->keep_singleton)) {
      return std::move(first_);
    }
    sequence_ = workspace_.NewList(true);
    Flatten(std::move(first_));
    return Item(std::move(sequence_));
  }

 private:
  void Flatten(Item result) {
    if (result.list() != nullptr && result.list()->cons) {
      workspace_.Push(sequence_.get(), std::move(result));
    } else {
      workspace_.PushAll(sequence_.get(), std::move(result));
    }
  }

  Workspace& workspace_;
  size_t count_ = 0;
  Item first_;
  Ref<List> sequence_;
};

bool IsEmptyResult(const Item& item) {
  return item.is_undefined() || (item.is_array() && Elements(item).empty());
}

}  // namespace

Item Evaluator::Path(const Node& node, const Item& input, Frame* frame) {
  const std::vector<NodePtr>& steps = node.list;
  Item held;  // what `current` points to after the first step
  const Item* current = &input;
  if (input.is_array() && steps[0]->kind == NodeKind::kVariable) {
    // A variable does not depend on the context: evaluate it once, not for every element.
    Ref<List> whole = workspace_.NewList(true);
    workspace_.Push(whole.get(), input);
    held = Item(std::move(whole));
    current = &held;
  }
  Item tuples;
  bool is_tuple_stream = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Node& step = *steps[i];
    is_tuple_stream |= step.tuple;
    const bool cons_array = i == 0 && step.cons_array;
    Item result;
    if (cons_array) {
      result = Evaluate(step, *current, frame);
    } else if (is_tuple_stream) {
      tuples = TupleStep(step, *current, tuples, frame);
      continue;
    } else if (current->is_object() && current->value() != nullptr && IsPlainName(step)) {
      result = FollowNames(steps, *current->value(), &i);
    } else {
      result = PathStep(step, *current, frame, i + 1 == steps.size());
    }
    held = std::move(result);
    current = &held;
    if (IsEmptyResult(held)) {
      // Nothing, unless an empty array is what the path ends with or what it was given.
      if (i + 1 < steps.size() && !cons_array) held = Item();
      break;
    }
  }
  if (is_tuple_stream) held = TupleResult(node, std::move(tuples));
  if (node.keep_singleton_array) held = KeptAsArray(std::move(held));
  if (node.group == nullptr) return held;
  return GroupBy(node.group->pairs, node.group->offset, held, frame);
}

// From the name steps[*i] on, for as long as names lead from object to object. *i is then the last
// step taken.
Item Evaluator::FollowNames(const std::vector<NodePtr>& steps, const Value& object, size_t* i) {
  const Value* value = &object;
  while (true) {
    workspace_.Step();
    value = value->Find(steps[*i]->text);
    if (value == nullptr) return Item();
    if (!value->is_object() || *i + 1 == steps.size() || !IsPlainName(*steps[*i + 1])) {
      return Item(*value);
    }
    ++*i;
  }
}

// What a path yields that has carried tuples: they themselves, where more is to be done with their
// bindings, or their items.
Item Evaluator::TupleResult(const Node& path, Item tuples) {
  if (path.tuple || (path.group != nullptr && tuples.list() != nullptr)) return tuples;
  Ref<List> items = workspace_.NewList(true);
  if (tuples.list() != nullptr) {
    for (const Item& element : tuples.list()->items) {
      workspace_.Push(items.get(), element.tuple()->item);
    }
  }
  return Item(std::move(items));
}

// The result of a path with "[]": a sequence that stays one although it has one element.
Item Evaluator::KeptAsArray(Item result) {
  const List* list = result.list();
  const bool cons = list != nullptr && list->cons;
  if (result.is_array() && !result.is_sequence() && !cons) return result;
  Ref<List> kept = workspace_.NewList(true);
  kept->keep_singleton = true;
  if (cons) {
    workspace_.Push(kept.get(), std::move(result));
  } else if (!result.is_undefined()) {
    kept->tuples = list != nullptr && list->tuples;
    workspace_.PushAll(kept.get(), result);
  }
  return Item(std::move(kept));
}

Item Evaluator::PathStep(const Node& step, const Item& input, Frame* frame, bool last) {
  if (step.kind == NodeKind::kSort) {
    return Stages(step.stages, SortBy(step, input, frame), frame);
  }
  StepResults results(&workspace_);
  if (!input.is_array()) {
    results.Add(StepOnce(step, input, frame));
    return results.Take(last);
  }
  const Elements elements(input);
  const bool plain = IsPlainName(step);
  for (size_t i = 0; i < elements.size(); ++i) {
    const Value* object = plain ? elements.value(i) : nullptr;
    if (object == nullptr || !object->is_object()) {
      results.Add(StepOnce(step, elements[i], frame));
      continue;
    }
    workspace_.Step();
    if (const Value* member = object->Find(step.text); member != nullptr) {
      results.Add(Item(*member));
    }
  }
  return results.Take(last);
}

Item Evaluator::StepOnce(const Node& step, const Item& context, Frame* frame) {
  Item result = Evaluate(step, context, frame);
  for (const Stage& stage : step.stages) result = Filter(*stage.predicate, result, frame);
  return result;
}

Item Evaluator::Stages(const std::vector<Stage>& stages, Item input, Frame* frame) {
  for (const Stage& stage : stages) {
    if (stage.predicate != nullptr) {
      input = Filter(*stage.predicate, input, frame);
      continue;
    }
    if (input.list() == nullptr) continue;
    // Positions are bound in copies: the tuples may be shared.
    Ref<List> indexed = workspace_.NewList(true);
    indexed->tuples = true;
    for (size_t i = 0; i < input.list()->items.size(); ++i) {
      const Tuple* tuple = input.list()->items[i].tuple();
      if (tuple == nullptr) continue;
      Ref<Tuple> copy(new Tuple);
      copy->item = tuple->item;
      workspace_.Charge(tuple->bindings.size() * sizeof(Item));
      copy->bindings = tuple->bindings;
      copy->Bind(*stage.index, Item::Number(static_cast<double>(i)));
      workspace_.Push(indexed.get(), Item(std::move(copy)));
    }
    input = Item(std::move(indexed));
  }
  return input;
}

void Evaluator::BindTuple(const Tuple& tuple, Frame* frame) {
  workspace_.Work(BindSteps(frame->bindings.size(), tuple.bindings.size()));
  for (const auto& [symbol, item] : tuple.bindings) frame->Bind(symbol, item);
}

// `tuples` is undefined before the first tuple step of a path.
Item Evaluator::TupleStep(const Node& step, const Item& input, const Item& tuples, Frame* frame) {
  Ref<List> result = workspace_.NewList(true);
  result->tuples = true;
  if (step.kind == NodeKind::kSort) {
    if (tuples.list() != nullptr) {
      return Stages(step.stages, SortBy(step, tuples, frame), frame);
    }
    const Item sorted = SortBy(step, input, frame);
    const Elements elements(sorted);
    for (size_t i = 0; i < elements.size(); ++i) {
      Ref<Tuple> tuple(new Tuple);
      tuple->item = elements[i];
      if (step.index.has_value()) tuple->Bind(*step.index, Item::Number(static_cast<double>(i)));
      workspace_.Push(result.get(), Item(std::move(tuple)));
    }
    return Stages(step.stages, Item(std::move(result)), frame);
  }
  const bool first = tuples.list() == nullptr;
  const Elements before(first ? input : tuples);
  for (size_t i = 0; i < before.size(); ++i) {
    const Item element = before[i];
    workspace_.Step();
    const Tuple* tuple = element.tuple();
    const Item& context = tuple == nullptr ? element : tuple->item;
    const Scope scope(&workspace_, frame);
    if (tuple != nullptr) BindTuple(*tuple, scope.frame());
    const Item found = Evaluate(step, context, scope.frame());
    if (found.is_undefined()) continue;
    const Elements elements(found);
    for (size_t j = 0; j < elements.size(); ++j) {
      Ref<Tuple> next(new Tuple);
      if (tuple != nullptr) next->bindings = tuple->bindings;
      const Item one = elements[j];
      if (one.tuple() != nullptr) {
        next->item = one.tuple()->item;
        const size_t count = one.tuple()->bindings.size();
        workspace_.Work(BindSteps(next->bindings.size(), count));
        for (const auto& [symbol, item] : one.tuple()->bindings) next->Bind(symbol, item);
      } else {
        next->item = step.focus.has_value() ? context : one;
        if (step.focus.has_value()) next->Bind(*step.focus, one);
        if (step.index.has_value()) next->Bind(*step.index, Item::Number(static_cast<double>(j)));
        if (step.ancestor != nullptr) next->Bind(step.ancestor->label, context);
      }
      workspace_.Charge(next->bindings.size() * sizeof(Item));
      workspace_.Push(result.get(), Item(std::move(next)));
    }
  }
  return Stages(step.stages, Item(std::move(result)), frame);
}

Item Evaluator::FilterByIndex(const Node& predicate, const Item& input) {
  Ref<List> result = workspace_.NewList(true);
  result->tuples = input.list() != nullptr && input.list()->tuples;
  const Elements elements(input);
  const size_t position = ToPosition(predicate.value.AsDouble(), elements.size());
  if (position < elements.size()) {
    Item item = elements[position];
    if (item.is_array()) return item;
    if (!item.is_undefined()) workspace_.Push(result.get(), std::move(item));
  }
  return Item(std::move(result));
}

Item Evaluator::Filter(const Node& predicate, const Item& input, Frame* frame) {
  if (input.is_undefined()) return input;
  if (predicate.kind == NodeKind::kNumber) return FilterByIndex(predicate, input);
  Ref<List> result = workspace_.NewList(true);
  result->tuples = input.list() != nullptr && input.list()->tuples;
  const Elements elements(input);
  for (size_t i = 0; i < elements.size(); ++i) {
    const Item item = elements[i];
    Item verdict;
    if (const Tuple* tuple = item.tuple(); tuple != nullptr) {
      const Scope scope(&workspace_, frame);
      BindTuple(*tuple, scope.frame());
      verdict = Evaluate(predicate, tuple->item, scope.frame());
    } else {
      verdict = Evaluate(predicate, item, frame);
    }
    if (IsNumeric(verdict) || IsArrayOfNumbers(verdict, &workspace_)) {
      const Elements positions(verdict);
      workspace_.Step(positions.size());
      for (size_t j = 0; j < positions.size(); ++j) {
        if (ToPosition(positions[j].AsNumber(), elements.size()) == i) {
          workspace_.Push(result.get(), item);
        }
      }
    } else if (ToBoolean(verdict, &workspace_)) {
      workspace_.Push(result.get(), item);
    }
  }
  return Item(std::move(result));
}

}  // namespace pawl::expr::jsonata
