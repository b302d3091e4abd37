#include "engine/expr/jsonata/references.h"

#include <algorithm>

#include "engine/expr/jsonata/error.h"

namespace pawl::expr::jsonata {
namespace {

// Follows the scopes of an expression. A function may use what its block binds only later: it is
// called later.
class Finder {
 public:
  explicit Finder(const Symbols& symbols) : symbols_(symbols) {}

  void Visit(const Node& node, const Node* next_step = nullptr) {
    switch (node.kind) {
      case NodeKind::kVariable:
        Use(node, next_step);
        break;
      case NodeKind::kBind:
        if (node.rhs->kind == NodeKind::kLambda) bound_.push_back(node.symbol);
        Visit(*node.rhs);
        bound_.push_back(node.symbol);
        break;
      case NodeKind::kBlock:
        VisitBlock(node);
        break;
      case NodeKind::kLambda:
        VisitLambda(node);
        break;
      case NodeKind::kPath:
        VisitPath(node);
        return;  // its group is part of it
      default:
        VisitChildren(node);
        break;
    }
    VisitStages(node.predicates);
    VisitStages(node.stages);
    if (node.group != nullptr) VisitPairs(node.group->pairs);
  }

  std::vector<Reference> Take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Reference& a, const Reference& b) { return a.offset < b.offset; });
    return std::move(found_);
  }

 private:
  void Use(const Node& node, const Node* next_step) {
    const Symbol symbol = node.symbol;
    if (symbol == Symbols::kContext || symbol == Symbols::kRoot) return;
    const auto has = [symbol](const std::vector<Symbol>& symbols) {
      return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
    };
    if (node.builtin != nullptr || has(bound_) || (in_lambda_ && has(later_))) return;
    Reference reference;
    reference.variable = symbols_.Name(symbol);
    reference.offset = node.offset;
    if (next_step != nullptr && next_step->kind == NodeKind::kName) {
      reference.has_field = true;
      reference.field = next_step->text;
    }
    found_.push_back(std::move(reference));
  }

  void VisitBlock(const Node& node) {
    const size_t bound = bound_.size();
    const size_t later = later_.size();
    for (const NodePtr& part : node.list) {
      if (part->kind == NodeKind::kBind) later_.push_back(part->symbol);
    }
    VisitChildren(node);
    bound_.resize(bound);
    later_.resize(later);
  }

  void VisitLambda(const Node& node) {
    const size_t bound = bound_.size();
    const bool outer = in_lambda_;
    in_lambda_ = true;
    bound_.insert(bound_.end(), node.params.begin(), node.params.end());
    Visit(*node.lhs);
    bound_.resize(bound);
    in_lambda_ = outer;
  }

  void VisitPath(const Node& node) {
    const size_t bound = bound_.size();
    for (size_t i = 0; i < node.list.size(); ++i) {
      const Node& step = *node.list[i];
      if (step.focus.has_value()) bound_.push_back(*step.focus);
      if (step.index.has_value()) bound_.push_back(*step.index);
      for (const Stage& stage : step.stages) {
        if (stage.index.has_value()) bound_.push_back(*stage.index);
      }
      Visit(step, i + 1 < node.list.size() ? node.list[i + 1].get() : nullptr);
    }
    VisitStages(node.predicates);
    if (node.group != nullptr) VisitPairs(node.group->pairs);
    bound_.resize(bound);
  }

  void VisitChildren(const Node& node) {
    if (node.lhs != nullptr) Visit(*node.lhs);
    if (node.rhs != nullptr) Visit(*node.rhs);
    if (node.third != nullptr) Visit(*node.third);
    for (const NodePtr& child : node.list) Visit(*child);
    VisitPairs(node.pairs);
    for (const SortTerm& term : node.terms) Visit(*term.key);
  }

  void VisitStages(const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) {
      if (stage.predicate != nullptr) Visit(*stage.predicate);
    }
  }

  void VisitPairs(const std::vector<NodePair>& pairs) {
    for (const NodePair& pair : pairs) {
      Visit(*pair.first);
      Visit(*pair.second);
    }
  }

  const Symbols& symbols_;
  std::vector<Symbol> bound_;
  std::vector<Symbol> later_;  // what the blocks around bind at some point
  bool in_lambda_ = false;
  std::vector<Reference> found_;
};

void Check(const Node& node, bool has_context);

void CheckAll(const std::vector<NodePair>& pairs, bool has_context) {
  for (const NodePair& pair : pairs) {
    Check(*pair.first, has_context);
    Check(*pair.second, has_context);
  }
}

[[noreturn]] void Refuse(absl::string_view name, size_t offset) {
  throw Raised(kUnsupportedReference)
      .With("name", std::string(name))
      .With("place", name == "$$" ? "" : " at the top level")
      .Token(name)
      .At(offset);
}

// `has_context`: something around `node` gives it a context.
void Check(const Node& node, bool has_context) {
  if (node.kind == NodeKind::kVariable && node.symbol == Symbols::kRoot) Refuse("$$", node.offset);
  if (!has_context && node.kind == NodeKind::kVariable && node.symbol == Symbols::kContext) {
    Refuse("$", node.offset);
  }
  if (!has_context && node.kind == NodeKind::kName) Refuse(node.text, node.offset);
  const bool inside =
      has_context || node.kind == NodeKind::kLambda || node.kind == NodeKind::kTransform;
  if (node.lhs != nullptr) Check(*node.lhs, inside);
  if (node.rhs != nullptr) Check(*node.rhs, inside);
  if (node.third != nullptr) Check(*node.third, inside);
  for (size_t i = 0; i < node.list.size(); ++i) {
    Check(*node.list[i], inside || (node.kind == NodeKind::kPath && i > 0));
  }
  CheckAll(node.pairs, inside);
  for (const SortTerm& term : node.terms) Check(*term.key, true);
  for (const std::vector<Stage>* stages : {&node.predicates, &node.stages}) {
    for (const Stage& stage : *stages) {
      if (stage.predicate != nullptr) Check(*stage.predicate, true);
    }
  }
  if (node.group != nullptr) CheckAll(node.group->pairs, true);
}

}  // namespace

std::vector<Reference> FindReferences(const Node& root, const Symbols& symbols) {
  Finder finder(symbols);
  finder.Visit(root);
  return finder.Take();
}

void CheckContextReferences(const Node& root) { Check(root, false); }

}  // namespace pawl::expr::jsonata
