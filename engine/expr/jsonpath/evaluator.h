// jsonpath::Path and a document to the values that the path finds.
#pragma once

#include <cstdint>
#include <string>

#include "engine/expr/expression.h"
#include "engine/expr/jsonpath/ast.h"
#include "engine/expr/jsonpath/list_index.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonpath {

struct Result {
  enum class Kind : uint8_t {
    kFound,
    kPastEnd,       // the path ends in an index that its array does not have
    kMissing,       // Jayway: PathNotFoundException
    kInapplicable,  // an index, slice or filter met something of another type
    kLimit,         // of env.limits
  };
  Kind kind = Kind::kFound;
  Value value;
  std::string why;  // Jayway's words; empty where they were not asked for
};

// Evaluates paths in one environment. Lives on the stack of one evaluation.
class Evaluator {
 public:
  // With `explain`, misses carry their reason; it costs an allocation or two.
  Evaluator(const Environment& env, Meter* meter, bool explain)
      : env_(env), explain_(explain), meter_(*meter) {}

  // `path` starts at the input, the context object or a variable.
  Result Evaluate(const Path& path);

 private:
  // A document and the element of it that a filter looks at.
  struct Scope {
    const Value& document;
    const Value& current;
  };
  // A run of steps that yields an array: `end` is the next function or the end of the path.
  struct Run {
    const Path& path;
    size_t end;
    const Scope& scope;
    Value::Elements* found;
  };

  Result Walk(const Path& path, const Value& start, const Scope& scope);
  Result CollectAll(const Path& path, size_t first, size_t end, const Value& start,
                    const Scope& scope);
  // Step `i` leads nowhere from `node`.
  Result MissAt(const Path& path, size_t i, const Value& node) const;
  Result Apply(const Step& function, const Value& operand, const Scope& scope);

  // Adds to run.found what the steps from `i` on find below `node`.
  void Collect(const Run& run, size_t i, const Value& node);
  void CollectNames(const Run& run, size_t i, const Value& node);
  void CollectIndices(const Run& run, size_t i, const Value& node);
  void CollectSlice(const Run& run, size_t i, const Value& node);
  void CollectFiltered(const Run& run, size_t i, const Value& node);
  void CollectDescendants(const Run& run, size_t i, const Value& node);

  // filter_evaluator.cc
  bool Accepts(const Filter& filter, const Scope& scope);
  bool Exists(const Path& path, const Scope& scope);
  bool Compare(const Filter& filter, const Scope& scope);
  bool CompareValues(Operator comparison, const Value& left, const Value& right);
  bool MatchesRegex(const Regex& regex, const Value& value);
  // False where the operand is a path that finds nothing.
  bool Resolve(const Operand& operand, const Scope& scope, Value* value);
  Result WalkNested(const Path& path, const Scope& scope);

  // Counts a visit of a node: false, from then on, once the expression is spent.
  bool TakeStep() { return meter_.Charge(kStepsPerNode); }
  Result LimitReached() const;

  static constexpr uint64_t kStepsPerNode = 2;

  const Environment& env_;
  bool explain_;  // off inside of filters, where nobody hears why
  Meter& meter_;
  ListIndex lists_;
};

}  // namespace pawl::expr::jsonpath
