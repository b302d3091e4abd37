// The syntax tree of an expression: made by the parser, put in order by the resolver, then
// immutable and shared by all evaluations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/expr/jsonata/regex.h"
#include "engine/expr/jsonata/signature.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

struct Builtin;

// A variable name of one expression, as a number. Evaluation compares numbers only.
using Symbol = uint32_t;

class Symbols {
 public:
  static constexpr Symbol kContext = 0;  // "$"
  static constexpr Symbol kRoot = 1;     // "$$"

  Symbols();
  Symbol Intern(absl::string_view name);
  // A name no variable can have: for what a "%" refers to.
  Symbol Fresh();
  const std::string& Name(Symbol symbol) const { return names_[symbol]; }

 private:
  std::vector<std::string> names_;
};

enum class NodeKind : uint8_t {
  kString,       // text
  kNumber,       // value
  kConstant,     // value: true, false, null
  kName,         // text: a field of the context
  kVariable,     // symbol, text without "$"; builtin where the name is that of a function
  kWildcard,     // *
  kDescendants,  // **
  kParent,       // %; slot
  kRegex,        // regex
  kPlaceholder,  // the "?" of a partial application
  kEnd,          // the parser met the end of the text; the resolver refuses it
  kBinary,       // op, lhs, rhs
  kNegate,       // lhs
  kArray,        // list
  kObject,       // pairs
  kCall,         // lhs(list)
  kPartial,      // lhs(list), with placeholders
  kLambda,       // params, signature, lhs: the body
  kCondition,    // lhs ? rhs : third
  kBlock,        // list
  kBind,         // symbol := rhs
  kApply,        // lhs ~> rhs
  kTransform,    // | lhs | rhs, third |
  kPath,         // list: the steps
  kSort,         // a step: terms
  // Made by the parser, gone after the resolver: "." "[" "{" "^" "@" "#".
  kRawDot,
  kRawFilter,
  kRawGroup,
  kRawSort,
  kRawFocus,
  kRawIndex,
};

enum class BinaryOp : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kConcat,
  kRange,
  kIn,
  kAnd,
  kOr,
};

// As written in expressions.
absl::string_view OpText(BinaryOp op);

struct Node;
using NodePtr = std::unique_ptr<Node>;
using NodePair = std::pair<NodePtr, NodePtr>;

// Where a "%" finds its value: under `label` in the environment. Shared between the "%" and the
// steps that the resolver walks on its way to the step whose input is meant.
struct ParentSlot {
  Symbol label = 0;
  int level = 1;
  size_t index = 0;  // among all "%" of the expression
};
using SlotPtr = std::shared_ptr<ParentSlot>;

// Applied to the result of a step, in order: a predicate, or "#$i" after one.
struct Stage {
  NodePtr predicate;             // nullptr for an index
  absl::optional<Symbol> index;  // to bind the position to
};

struct SortTerm {
  NodePtr key;
  bool descending = false;
};

struct Group {
  std::vector<NodePair> pairs;
  size_t offset = 0;
};

struct Node {
  Node(NodeKind node_kind, size_t node_offset) : kind(node_kind), offset(node_offset) {}

  NodeKind kind;
  BinaryOp op = BinaryOp::kAdd;
  bool keep_array = false;            // followed by "[]"
  bool keep_singleton_array = false;  // a path one of whose steps has keep_array
  bool cons_array = false;            // an array constructor whose result a path does not flatten
  bool tuple = false;                 // a step that carries bindings along (@, #, %)
  bool binds = false;                 // a block that needs variables of its own
  uint32_t height = 1;                // of the tree below
  size_t offset;
  Symbol symbol = 0;
  const Builtin* builtin = nullptr;
  std::string text;
  Value value;
  NodePtr lhs;
  NodePtr rhs;
  NodePtr third;
  std::vector<NodePtr> list;
  std::vector<NodePair> pairs;
  std::vector<SortTerm> terms;
  std::vector<Symbol> params;
  std::vector<Stage> predicates;  // of a node that is not a step
  std::vector<Stage> stages;      // of a step
  std::unique_ptr<Group> group;
  absl::optional<Symbol> focus;  // @$v
  absl::optional<Symbol> index;  // #$i
  SlotPtr slot;                  // of a "%"
  SlotPtr ancestor;              // of the step whose input some "%" means
  std::vector<SlotPtr> seeking;  // "%" below whose step has not been found yet (resolver only)
  std::shared_ptr<const Signature> signature;
  std::shared_ptr<const Regex> regex;
};

}  // namespace pawl::expr::jsonata
