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
  return step.kind == NodeKind::kName && step.stages.empty() && !step.keep_array &&
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

bool IsEmptyResult(const Item& item) {
  return item.is_undefined() || (item.is_array() && Elements(item).empty());
}

}  // namespace

Item Evaluator::Path(const Node& node, const Item& input, Frame* frame) {
  const std::vector<NodePtr>& steps = node.list;
  Item current = input;
  if (input.is_array() && steps[0]->kind == NodeKind::kVariable) {
    // A variable does not depend on the context: evaluate it once, not for every element.
    Ref<List> whole = workspace_.NewList(true);
    workspace_.Push(whole.get(), input);
    current = Item(std::move(whole));
  }
  Item tuples;
  bool is_tuple_stream = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Node& step = *steps[i];
    is_tuple_stream |= step.tuple;
    const bool last = i + 1 == steps.size();
    Item result;
    if (i == 0 && step.cons_array) {
      result = Evaluate(step, current, frame);
    } else if (is_tuple_stream) {
      tuples = TupleStep(step, current, tuples, frame);
      continue;
    } else if (!current.is_array() && IsPlainName(step)) {
      workspace_.Step();
      result = Lookup(current, step.text, &workspace_);
    } else {
      result = PathStep(step, current, frame, last);
    }
    current = std::move(result);
    if (IsEmptyResult(current)) {
      // Nothing, unless an empty array is what the path ends with or what it was given.
      if (!last && !(i == 0 && step.cons_array)) current = Item();
      break;
    }
  }
  if (is_tuple_stream) {
    if (node.tuple || (node.group != nullptr && tuples.list() != nullptr)) {
      current = tuples;
    } else {
      Ref<List> items = workspace_.NewList(true);
      const Elements elements(tuples);
      if (tuples.list() != nullptr) {
        for (size_t i = 0; i < elements.size(); ++i) {
          workspace_.Push(items.get(), elements[i].tuple()->item);
        }
      }
      current = Item(std::move(items));
    }
  }
  if (node.keep_singleton_array) {
    Ref<List> kept = workspace_.NewList(true);
    const bool cons = current.list() != nullptr && current.list()->cons && !current.is_sequence();
    if (cons) {
      workspace_.Push(kept.get(), current);
    } else if (current.is_array() && !current.is_sequence()) {
      return current;
    } else if (!current.is_undefined()) {
      workspace_.PushAll(kept.get(), current);
      kept->tuples = current.list() != nullptr && current.list()->tuples;
    }
    kept->keep_singleton = true;
    current = Item(std::move(kept));
  }
  if (node.group != nullptr) {
    return GroupBy(node.group->pairs, node.group->offset, current, frame);
  }
  return current;
}

Item Evaluator::PathStep(const Node& step, const Item& input, Frame* frame, bool last) {
  if (step.kind == NodeKind::kSort) {
    return Stages(step.stages, SortBy(step, input, frame), frame);
  }
  const Elements elements(input);
  std::vector<Item> results;
  results.reserve(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    Item result = Evaluate(step, elements[i], frame);
    for (const Stage& stage : step.stages) result = Filter(*stage.predicate, result, frame);
    if (!result.is_undefined()) results.push_back(std::move(result));
  }
  if (last && results.size() == 1 && results[0].is_array() && !results[0].is_sequence()) {
    return std::move(results[0]);
  }
  Ref<List> sequence = workspace_.NewList(true);
  for (const Item& result : results) {
    if (result.list() != nullptr && result.list()->cons) {
      workspace_.Push(sequence.get(), result);
    } else {
      workspace_.PushAll(sequence.get(), result);
    }
  }
  return Item(std::move(sequence));
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
      copy->bindings = tuple->bindings;
      copy->Bind(*stage.index, Item::Number(static_cast<double>(i)));
      workspace_.Push(indexed.get(), Item(std::move(copy)));
    }
    input = Item(std::move(indexed));
  }
  return input;
}

void Evaluator::BindTuple(const Tuple& tuple, Frame* frame) {
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
    if (IsNumeric(verdict) || IsArrayOfNumbers(verdict)) {
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
