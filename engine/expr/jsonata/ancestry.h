// The parent operator: finds for every "%" the step whose input it stands for.
//
// A "%" asks for the input of the step before the one it is in; "%.%" for one more step back. A
// ParentSlot travels outward from its "%" through steps and paths, counting levels, until it has
// found that step. The step then records its input under the slot's label ("ancestor").
#pragma once

#include <vector>

#include "engine/expr/jsonata/ast.h"

namespace pawl::expr::jsonata {

class Ancestry {
 public:
  explicit Ancestry(Symbols* symbols) : symbols_(symbols) {}

  // A slot for the "%" `parent`.
  void Add(Node* parent);
  // `inner` is part of `outer`: what it still seeks, `outer` seeks.
  static void Inherit(Node* outer, const Node& inner);
  // Looks for what the last step of `path` seeks among the steps before it.
  void ResolvePath(Node* path);
  // Looks for what `predicate`, which belongs to `step`, seeks.
  void ResolvePredicate(Node* step, const Node& predicate);

 private:
  // Takes `node` into account as a step that `slot` passes on its way. Raises S0217.
  void Seek(Node* node, const SlotPtr& slot);

  Symbols* const symbols_;
  std::vector<SlotPtr> slots_;  // by ParentSlot::index
};

}  // namespace pawl::expr::jsonata
