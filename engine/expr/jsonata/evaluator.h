// Walks the tree of an expression.
//
// One Evaluator serves one evaluation, on one thread. Its methods raise (error.h) and return items;
// `input` is the context ("$") of the part being evaluated, `frame` holds the variables it sees.
#pragma once

#include <vector>

#include "absl/base/attributes.h"
#include "absl/time/time.h"
#include "engine/expr/expression.h"
#include "engine/expr/jsonata/ast.h"
#include "engine/expr/jsonata/item.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {

class Evaluator {
 public:
  struct World {
    const VariableLookup* variables;
    RandomSource* random;
    absl::Time now;
  };

  Evaluator(const World& world, const Symbols& symbols, Workspace* workspace)
      : world_(world), symbols_(symbols), workspace_(*workspace) {}

  Item Evaluate(const Node& node, const Item& input, Frame* frame);

  // Calls `function`. `context` stands in for arguments that default to the context.
  Item Apply(const Function& function, Arguments arguments, const Item& context);
  // Calls it with as many of (item, key, all) as it declares: what $map and its like do.
  Item ApplyToElement(const Function& function, const Item& item, Item key, const Item& all);

  const World& world() const { return world_; }
  Workspace& workspace() { return workspace_; }

 private:
  // A call in tail position: made by whoever called the function it ends.
  struct TailCall {
    const Function* function = nullptr;
    const Node* node = nullptr;
    Arguments arguments;
  };

  // evaluator.cc
  Item EvaluateKind(const Node& node, const Item& input, Frame* frame);
  Item Collapse(const Node& node, Item result);
  const Item* FindBinding(const Frame* frame, Symbol symbol);
  Item Variable(const Node& node, const Item& input, Frame* frame);
  Item Binary(const Node& node, const Item& input, Frame* frame);
  Item Negate(const Node& node, const Item& input, Frame* frame);
  Item Array(const Node& node, const Item& input, Frame* frame);
  Item Condition(const Node& node, const Item& input, Frame* frame);
  Item Block(const Node& node, const Item& input, Frame* frame);
  Item Wildcard(const Item& input);
  Item Descendants(const Item& input);
  void CollectDescendants(const Item& input, List* found);

  // path.cc
  Item Path(const Node& node, const Item& input, Frame* frame);
  Item FollowNames(const std::vector<NodePtr>& steps, const Value& object, size_t* i);
  Item TupleResult(const Node& path, Item tuples);
  Item KeptAsArray(Item result);
  Item PathStep(const Node& step, const Item& input, Frame* frame, bool last);
  Item StepOnce(const Node& step, const Item& context, Frame* frame);
  Item TupleStep(const Node& step, const Item& input, const Item& tuples, Frame* frame);
  Item Stages(const std::vector<Stage>& stages, Item input, Frame* frame);
  Item Filter(const Node& predicate, const Item& input, Frame* frame);
  Item FilterByIndex(const Node& predicate, const Item& input);
  void BindTuple(const Tuple& tuple, Frame* frame);

  // group.cc
  Item GroupBy(const std::vector<NodePair>& pairs, size_t offset, const Item& input, Frame* frame);

  // sort.cc
  Item SortBy(const Node& node, const Item& input, Frame* frame);

  // transform.cc
  Item Transform(const Function& transform, const Item& input);

  // call.cc
  Item CallFunction(const Node& node, const Item& input, Frame* frame, const Item* first);
  const Function* Callee(const Node& node, const Item& input, Frame* frame, Arguments* arguments);
  Item MakeCalls(TailCall* call, const Item& context);
  Item ApplyOnce(const Function& function, Arguments* arguments, const Item& context,
                 TailCall* next);
  // Apart from ApplyOnce, to keep what they need off the stack of all other calls.
  ABSL_ATTRIBUTE_NOINLINE Item ApplyPartial(const Function& function, const Arguments& arguments,
                                            const Item& context);
  ABSL_ATTRIBUTE_NOINLINE Item ApplyChain(const Function& function, const Arguments& arguments);
  Item ApplyLambda(const Function& function, Arguments* arguments, const Item& context,
                   TailCall* next);
  Item EvaluateTail(const Node& node, const Item& input, Frame* frame, TailCall* next);
  Item PartialCall(const Node& node, const Item& input, Frame* frame);
  Item Lambda(const Node& node, const Item& input, Frame* frame);
  Item ApplyOperator(const Node& node, const Item& input, Frame* frame);
  Item RegexFunction(const Node& node);

  const World& world_;
  const Symbols& symbols_;
  Workspace& workspace_;
};

}  // namespace pawl::expr::jsonata
