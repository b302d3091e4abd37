#include "engine/expr/jsonpath/evaluator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonpath/functions.h"
#include "engine/expr/jsonpath/miss.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr uint64_t kStepsPerName = 5;  // looked up among members, perhaps copied

Result Found(Value value) {
  Result result;
  result.value = std::move(value);
  return result;
}

Result Missed(Result::Kind kind, std::string why) {
  Result result;
  result.kind = kind;
  result.why = std::move(why);
  return result;
}

// The element that `index` names, counted from the end where it is negative; nullptr past either
// end.
const Value* ElementAt(const Value& array, int64_t index) {
  const Value::Elements& elements = array.AsArray();
  if (index < 0) index += static_cast<int64_t>(elements.size());
  if (index < 0 || index >= static_cast<int64_t>(elements.size())) return nullptr;
  return &elements[static_cast<size_t>(index)];
}

// Where a name or an index leads; nullptr where it leads nowhere, and for every other step.
const Value* DefiniteStep(const Step& step, const Value& node) {
  if (step.kind == Step::Kind::kName) return node.Find(step.names[0]);
  if (step.kind == Step::Kind::kIndex && node.is_array()) return ElementAt(node, step.indices[0]);
  return nullptr;
}

// One object of those of `names` that `node` has.
Value Pick(const Value& node, const std::vector<std::string>& names) {
  Value::Members members;
  for (const std::string& name : names) {
    const Value* member = node.Find(name);
    if (member != nullptr) members.emplace_back(name, *member);
  }
  return Value::Object(std::move(members));
}

// How many children all of `matches` have, and one for each.
uint64_t ChildrenOf(const Value& matches) {
  uint64_t count = 0;
  for (const Value& match : matches.AsArray()) {
    count += 1 + (match.is_array()    ? match.AsArray().size()
                  : match.is_object() ? match.AsObject().size()
                                      : 0);
  }
  return count;
}

// length() after several matches counts what a last name holds ($..book.length(): the books), and
// the matches themselves after anything else ($.books[*].length()).
Value FlattenForLength(const Step& last, Value matches) {
  if (last.kind != Step::Kind::kName && last.kind != Step::Kind::kNames) return matches;
  Value::Elements children;
  for (const Value& match : matches.AsArray()) {
    if (match.is_array()) {
      children.insert(children.end(), match.AsArray().begin(), match.AsArray().end());
    } else if (match.is_object()) {
      for (const Value::Member& m : match.AsObject()) children.push_back(m.second);
    }
  }
  return Value::Array(std::move(children));
}

}  // namespace

Result Evaluator::LimitReached() const {
  if (meter_.is_expression_spent()) {
    return Missed(Result::Kind::kLimit,
                  absl::StrCat("The evaluation exceeds the limit ", StepLimitText(meter_)));
  }
  return Missed(Result::Kind::kLimit,
                absl::StrCat("The evaluation exceeds the limit of ", env_.limits.max_result_bytes,
                             " bytes for one result"));
}

Result Evaluator::Evaluate(const Path& path) {
  const Value* start = &env_.input;
  if (path.root == Path::Root::kContext) {
    start = &env_.context;
  } else if (path.root == Path::Root::kVariable) {
    start = env_.variables == nullptr ? nullptr : env_.variables->Find(path.variable);
    if (start == nullptr) {
      return Missed(Result::Kind::kMissing,
                    explain_ ? absl::StrCat("No value for the variable $", path.variable) : "");
    }
  }
  Result result = Walk(path, *start, Scope{*start, *start});
  return meter_.is_expression_spent() ? LimitReached() : result;
}

Result Evaluator::Walk(const Path& path, const Value& start, const Scope& scope) {
  const std::vector<Step>& steps = path.steps;
  const Value* node = &start;  // how far the path has got: in the document or in `made`
  Value made;
  const auto go_on_with = [&](Value value) {
    made = std::move(value);
    node = &made;
  };
  for (size_t i = 0; i < steps.size();) {
    if (!TakeStep()) return LimitReached();
    const Step& step = steps[i];
    if (const Value* next = DefiniteStep(step, *node); next != nullptr) {
      node = next;
      ++i;
      continue;
    }
    const size_t end = EndOfRun(path, i);
    if (step.kind == Step::Kind::kFunction) {
      Result result = Apply(step, *node, scope);
      if (result.kind != Result::Kind::kFound) return result;
      go_on_with(std::move(result.value));
      ++i;
    } else if (!step.is_definite() && YieldsArray(path, i, end)) {
      Result result = CollectAll(path, i, end, *node, scope);
      if (result.kind != Result::Kind::kFound) return result;
      const bool is_counted = end < steps.size() && steps[end].function == Function::kLength;
      if (is_counted && !meter_.Charge(ChildrenOf(result.value))) return LimitReached();
      go_on_with(is_counted ? FlattenForLength(steps[end - 1], std::move(result.value))
                            : std::move(result.value));
      i = end;
    } else if (step.kind == Step::Kind::kNames && node->is_object()) {
      if (!meter_.Charge(kStepsPerName * step.names.size())) return LimitReached();
      go_on_with(Pick(*node, step.names));
      ++i;
    } else {
      Result miss = MissAt(path, i, *node);
      // Recorded from AWS: "$.missing[*].x" is an empty array.
      const bool is_missing =
          miss.kind == Result::Kind::kMissing || miss.kind == Result::Kind::kPastEnd;
      if (!is_missing || !YieldsArray(path, i, end)) return miss;
      go_on_with(Value::Array({}));
      i = end;
    }
  }
  return Found(*node);
}

Result Evaluator::MissAt(const Path& path, size_t i, const Value& node) const {
  if (path.steps[i].kind != Step::Kind::kIndex) {
    return Missed(Result::Kind::kMissing, explain_ ? MissingMember(path, i, &node) : "");
  }
  if (!node.is_array()) {
    return Missed(Result::Kind::kInapplicable, explain_ ? Inapplicable(path, i, node) : "");
  }
  if (i + 1 == path.steps.size()) {
    return Missed(Result::Kind::kPastEnd, explain_ ? NoResults(path) : "");
  }
  return Missed(Result::Kind::kMissing, explain_ ? PastEnd(path, i) : "");
}

Result Evaluator::CollectAll(const Path& path, size_t first, size_t end, const Value& start,
                             const Scope& scope) {
  const Step::Kind kind = path.steps[first].kind;
  const bool needs_array = kind == Step::Kind::kIndices || kind == Step::Kind::kSlice;
  const bool needs_container = kind == Step::Kind::kFilter;
  if ((needs_array && !start.is_array()) || (needs_container && start.depth() == 0)) {
    return Missed(Result::Kind::kInapplicable, explain_ ? Inapplicable(path, first, start) : "");
  }
  Value::Elements found;
  Collect(Run{path, end, scope, &found}, first, start);
  if (meter_.is_expression_spent()) return LimitReached();
  Value array = Value::Array(std::move(found));
  if (array.weight() > env_.limits.max_result_bytes) return LimitReached();
  return Found(std::move(array));
}

void Evaluator::Collect(const Run& run, size_t i, const Value& node) {
  if (!TakeStep()) return;
  if (i == run.end) {
    run.found->push_back(node);
    return;
  }
  const Step& step = run.path.steps[i];
  switch (step.kind) {
    case Step::Kind::kName:
    case Step::Kind::kNames:
      CollectNames(run, i, node);
      return;
    case Step::Kind::kIndex:
    case Step::Kind::kIndices:
      CollectIndices(run, i, node);
      return;
    case Step::Kind::kSlice:
      CollectSlice(run, i, node);
      return;
    case Step::Kind::kWildcard:
      if (node.is_array()) {
        for (const Value& v : node.AsArray()) Collect(run, i + 1, v);
      } else if (node.is_object()) {
        for (const Value::Member& m : node.AsObject()) Collect(run, i + 1, m.second);
      }
      return;
    case Step::Kind::kDescend:
      CollectDescendants(run, i, node);
      return;
    case Step::Kind::kFilter:
      CollectFiltered(run, i, node);
      return;
    case Step::Kind::kFunction:
      return;  // ends the run
  }
}

void Evaluator::CollectNames(const Run& run, size_t i, const Value& node) {
  const Step& step = run.path.steps[i];
  if (!node.is_object()) return;
  if (!meter_.Charge(kStepsPerName * step.names.size())) return;
  if (step.kind == Step::Kind::kNames && i + 1 == run.end) {
    Collect(run, i + 1, Pick(node, step.names));
    return;
  }
  for (const std::string& name : step.names) {
    const Value* member = node.Find(name);
    if (member != nullptr) Collect(run, i + 1, *member);
  }
}

void Evaluator::CollectIndices(const Run& run, size_t i, const Value& node) {
  if (!node.is_array()) return;
  for (int64_t index : run.path.steps[i].indices) {
    const Value* element = ElementAt(node, index);
    if (element != nullptr) {
      Collect(run, i + 1, *element);
    } else if (i + 1 == run.end) {
      Collect(run, i + 1, Value());  // as $.items[99] is null, see JsonPath
    }
  }
}

// Jayway's slices, which are not Python's: [1:-1] finds nothing.
void Evaluator::CollectSlice(const Run& run, size_t i, const Value& node) {
  if (!node.is_array()) return;
  const Step& step = run.path.steps[i];
  const auto count = static_cast<int64_t>(node.AsArray().size());
  int64_t from = step.from.value_or(0);
  int64_t to = step.to.value_or(count);
  if (!step.to && from < 0) from = std::max<int64_t>(0, from + count);
  if (!step.from && to < 0) to += count;
  to = std::min(to, count);
  for (int64_t k = from; k < to; ++k) {
    if (!TakeStep()) return;
    const Value* element = ElementAt(node, k);
    if (element != nullptr) Collect(run, i + 1, *element);
  }
}

void Evaluator::CollectFiltered(const Run& run, size_t i, const Value& node) {
  const Filter& filter = *run.path.steps[i].filter;
  const Value& document = run.scope.document;
  if (node.is_object()) {
    if (Accepts(filter, Scope{document, node})) Collect(run, i + 1, node);
  } else if (node.is_array()) {
    for (const Value& v : node.AsArray()) {
      if (Accepts(filter, Scope{document, v})) Collect(run, i + 1, v);
    }
  }
}

// Step `i` is "..": applies the step after it to `node` and to everything inside, parents first.
void Evaluator::CollectDescendants(const Run& run, size_t i, const Value& node) {
  if (!TakeStep()) return;
  const Step& next = run.path.steps[i + 1];
  bool applies = true;
  if (next.kind == Step::Kind::kNames && i + 2 == run.end) {
    if (!meter_.Charge(kStepsPerName * next.names.size())) return;
    applies = std::all_of(next.names.begin(), next.names.end(),
                          [&](const std::string& name) { return node.Find(name) != nullptr; });
  } else if (next.kind == Step::Kind::kFilter && node.is_array()) {
    // The elements of an array get their own turn; Jayway asks the array itself first.
    applies = Accepts(*next.filter, Scope{run.scope.document, node});
  }
  if (applies) Collect(run, i + 1, node);
  // Scalars are passed over quickly, yet not for nothing.
  if (node.is_array()) {
    if (!meter_.Charge(node.AsArray().size() / 4)) return;
    for (const Value& v : node.AsArray()) {
      if (v.depth() > 0) CollectDescendants(run, i, v);
    }
  } else if (node.is_object()) {
    if (!meter_.Charge(node.AsObject().size() / 2)) return;
    for (const Value::Member& m : node.AsObject()) {
      if (m.second.depth() > 0) CollectDescendants(run, i, m.second);
    }
  }
}

Result Evaluator::Apply(const Step& step, const Value& operand, const Scope& scope) {
  std::vector<Value> arguments;
  arguments.reserve(step.arguments.size());
  uint64_t weight = operand.weight();
  for (const Argument& argument : step.arguments) {
    if (argument.path == nullptr) {
      arguments.push_back(argument.literal);
      continue;
    }
    Result result = WalkNested(*argument.path, scope);
    if (result.kind != Result::Kind::kFound) return result;
    weight += result.value.weight();
    arguments.push_back(std::move(result.value));
    if (weight > env_.limits.max_result_bytes) return LimitReached();
  }
  if (!meter_.Charge(StepsOf(step.function, operand, arguments))) return LimitReached();
  Result result;
  if (!ApplyFunction(step.function, operand, arguments, &result.value, &result.why)) {
    result.kind = Result::Kind::kMissing;
  }
  return result;
}

}  // namespace pawl::expr::jsonpath
