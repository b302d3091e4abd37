#include "engine/expr/jsonata/resolver.h"

#include <algorithm>
#include <iterator>

#include "engine/expr/jsonata/ancestry.h"
#include "engine/expr/jsonata/builtins.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"

namespace pawl::expr::jsonata {
namespace {

bool IsConsArray(const Node& node) {
  return node.cons_array || (node.kind == NodeKind::kPath && node.list[0]->cons_array);
}

bool Binds(const Node& node) { return node.kind == NodeKind::kBind; }

class Resolver {
 public:
  explicit Resolver(Symbols* symbols) : ancestry_(symbols) {}

  NodePtr Resolve(NodePtr node) {
    const bool keep_array = node->keep_array;
    NodePtr result = ResolveKind(std::move(node));
    if (keep_array) result->keep_array = true;
    return result;
  }

 private:
  NodePtr ResolveKind(NodePtr node) {
    switch (node->kind) {
      case NodeKind::kRawDot:
        return Dot(std::move(node));
      case NodeKind::kRawFilter:
        return Filter(std::move(node));
      case NodeKind::kRawGroup:
        return GroupBy(std::move(node));
      case NodeKind::kRawSort:
        return Sort(std::move(node));
      case NodeKind::kRawFocus:
        return Focus(std::move(node));
      case NodeKind::kRawIndex:
        return Index(std::move(node));
      case NodeKind::kName:
        return PathOf(std::move(node));
      case NodeKind::kParent:
        ancestry_.Add(node.get());
        return node;
      case NodeKind::kVariable:
        node->builtin = FindBuiltin(node->text);
        return node;
      case NodeKind::kEnd:
        throw Raised("S0207").Token("(end)").At(node->offset);
      case NodeKind::kNegate:
        return Negate(std::move(node));
      case NodeKind::kLambda:
      case NodeKind::kTransform:
        ResolveChildren(node.get(), false);
        return node;
      case NodeKind::kApply:
        ResolveChildren(node.get(), false);
        node->keep_array = node->lhs->keep_array || node->rhs->keep_array;
        return node;
      case NodeKind::kBlock:
        ResolveChildren(node.get(), true);
        node->cons_array = std::any_of(node->list.begin(), node->list.end(),
                                       [](const NodePtr& part) { return IsConsArray(*part); });
        node->binds = std::any_of(node->list.begin(), node->list.end(),
                                  [](const NodePtr& part) { return Contains(*part, Binds); });
        return node;
      default:
        ResolveChildren(node.get(), true);
        return node;
    }
  }

  void ResolveChildren(Node* node, bool inherit) {
    const auto resolve = [&](NodePtr* child) {
      if (*child == nullptr) return;
      *child = Resolve(std::move(*child));
      // What is called does not pass on what it seeks; its arguments do.
      const bool called = (node->kind == NodeKind::kCall || node->kind == NodeKind::kPartial) &&
                          child == &node->lhs;
      if (inherit && !called) Ancestry::Inherit(node, **child);
    };
    for (NodePtr& child : node->list) resolve(&child);
    resolve(&node->lhs);
    resolve(&node->rhs);
    resolve(&node->third);
    for (NodePair& pair : node->pairs) {
      resolve(&pair.first);
      resolve(&pair.second);
    }
  }

  static NodePtr PathOf(NodePtr step) {
    auto path = std::make_unique<Node>(NodeKind::kPath, step->offset);
    path->keep_singleton_array = step->kind == NodeKind::kName && step->keep_array;
    path->list.push_back(std::move(step));
    return path;
  }

  static Node* LastStep(const NodePtr& node) {
    return node->kind == NodeKind::kPath ? node->list.back().get() : node.get();
  }

  NodePtr Negate(NodePtr node) {
    ResolveChildren(node.get(), true);
    if (node->lhs->kind != NodeKind::kNumber) return node;
    NodePtr number = std::move(node->lhs);
    number->value = NumberValue(-number->value.AsDouble());
    return number;
  }

  NodePtr Dot(NodePtr node) {
    NodePtr path = Resolve(std::move(node->lhs));
    if (path->kind != NodeKind::kPath) {
      const bool from_parent = path->kind == NodeKind::kParent;
      path = PathOf(std::move(path));
      if (from_parent) path->seeking.push_back(path->list[0]->slot);
    }
    NodePtr rest = Resolve(std::move(node->rhs));
    if (rest->kind == NodeKind::kPath) {
      std::move(rest->list.begin(), rest->list.end(), std::back_inserter(path->list));
    } else {
      std::move(rest->predicates.begin(), rest->predicates.end(), std::back_inserter(rest->stages));
      rest->predicates.clear();
      path->list.push_back(std::move(rest));
    }
    for (NodePtr& step : path->list) {
      if (step->kind == NodeKind::kNumber || step->kind == NodeKind::kConstant) {
        throw Raised("S0213").With("value", step->text).At(step->offset);
      }
      // A string in a path is a field name.
      if (step->kind == NodeKind::kString) step->kind = NodeKind::kName;
      if (step->keep_array) path->keep_singleton_array = true;
    }
    if (path->list.front()->kind == NodeKind::kArray) path->list.front()->cons_array = true;
    if (path->list.back()->kind == NodeKind::kArray) path->list.back()->cons_array = true;
    ancestry_.ResolvePath(path.get());
    return path;
  }

  NodePtr Filter(NodePtr node) {
    NodePtr result = Resolve(std::move(node->lhs));
    Node* step = LastStep(result);
    std::vector<Stage>& stages = result->kind == NodeKind::kPath ? step->stages : step->predicates;
    if (step->group != nullptr) throw Raised("S0209").At(node->offset);
    NodePtr predicate = Resolve(std::move(node->rhs));
    if (!predicate->seeking.empty()) ancestry_.ResolvePredicate(step, *predicate);
    stages.push_back({std::move(predicate), absl::nullopt});
    return result;
  }

  NodePtr GroupBy(NodePtr node) {
    NodePtr result = Resolve(std::move(node->lhs));
    if (result->group != nullptr) throw Raised("S0210").At(node->offset);
    result->group = std::make_unique<Group>();
    result->group->offset = node->offset;
    for (NodePair& pair : node->pairs) {
      NodePtr key = Resolve(std::move(pair.first));
      result->group->pairs.emplace_back(std::move(key), Resolve(std::move(pair.second)));
    }
    return result;
  }

  NodePtr Sort(NodePtr node) {
    NodePtr path = Resolve(std::move(node->lhs));
    if (path->kind != NodeKind::kPath) path = PathOf(std::move(path));
    auto sort = std::make_unique<Node>(NodeKind::kSort, node->offset);
    for (SortTerm& term : node->terms) {
      term.key = Resolve(std::move(term.key));
      Ancestry::Inherit(sort.get(), *term.key);
      sort->terms.push_back(std::move(term));
    }
    path->list.push_back(std::move(sort));
    ancestry_.ResolvePath(path.get());
    return path;
  }

  NodePtr Focus(NodePtr node) {
    NodePtr result = Resolve(std::move(node->lhs));
    Node* step = LastStep(result);
    if (!step->stages.empty() || !step->predicates.empty()) {
      throw Raised("S0215").At(node->offset);
    }
    if (step->kind == NodeKind::kSort) throw Raised("S0216").At(node->offset);
    if (node->keep_array) step->keep_array = true;
    step->focus = node->rhs->symbol;
    step->tuple = true;
    return result;
  }

  NodePtr Index(NodePtr node) {
    NodePtr result = Resolve(std::move(node->lhs));
    Node* step = LastStep(result);
    if (result->kind != NodeKind::kPath) {
      step->stages = std::move(step->predicates);
      step->predicates.clear();
      result = PathOf(std::move(result));
    }
    if (step->stages.empty()) {
      step->index = node->rhs->symbol;
    } else {
      step->stages.push_back({nullptr, node->rhs->symbol});
    }
    step->tuple = true;
    return result;
  }

  // Whether `matches` holds for a node that is evaluated in the same scope as `node`.
  static bool Contains(const Node& node, bool (*matches)(const Node&)) {
    if (matches(node)) return true;
    if (node.kind == NodeKind::kLambda || node.kind == NodeKind::kBlock) return false;
    const auto in = [matches](const NodePtr& child) {
      return child != nullptr && Contains(*child, matches);
    };
    const auto in_stage = [&in](const Stage& stage) { return in(stage.predicate); };
    const auto in_pair = [&in](const NodePair& pair) { return in(pair.first) || in(pair.second); };
    const auto in_term = [&in](const SortTerm& term) { return in(term.key); };
    return in(node.lhs) || in(node.rhs) || in(node.third) ||
           std::any_of(node.list.begin(), node.list.end(), in) ||
           std::any_of(node.pairs.begin(), node.pairs.end(), in_pair) ||
           std::any_of(node.terms.begin(), node.terms.end(), in_term) ||
           std::any_of(node.predicates.begin(), node.predicates.end(), in_stage) ||
           std::any_of(node.stages.begin(), node.stages.end(), in_stage) ||
           (node.group != nullptr &&
            std::any_of(node.group->pairs.begin(), node.group->pairs.end(), in_pair));
  }

  Ancestry ancestry_;
};

}  // namespace

NodePtr Resolve(NodePtr raw, Symbols* symbols) {
  NodePtr node = Resolver(symbols).Resolve(std::move(raw));
  if (node->kind == NodeKind::kParent || !node->seeking.empty()) {
    throw Raised("S0217").At(node->offset);
  }
  return node;
}

}  // namespace pawl::expr::jsonata
