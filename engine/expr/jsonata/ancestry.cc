#include "engine/expr/jsonata/ancestry.h"

#include "engine/expr/jsonata/error.h"

namespace pawl::expr::jsonata {
namespace {

std::vector<SlotPtr> SlotsOf(const Node& node) {
  std::vector<SlotPtr> slots = node.seeking;
  if (node.kind == NodeKind::kParent) slots.push_back(node.slot);
  return slots;
}

}  // namespace

void Ancestry::Add(Node* parent) {
  parent->slot = std::make_shared<ParentSlot>();
  parent->slot->label = symbols_->Fresh();
  parent->slot->index = slots_.size();
  slots_.push_back(parent->slot);
}

void Ancestry::Inherit(Node* outer, const Node& inner) {
  for (const SlotPtr& slot : SlotsOf(inner)) outer->seeking.push_back(slot);
}

void Ancestry::Seek(Node* node, const SlotPtr& slot) {
  switch (node->kind) {
    case NodeKind::kName:
    case NodeKind::kWildcard:
      if (--slot->level == 0) {
        // Two "%" that mean the same step share its label.
        if (node->ancestor != nullptr) slots_[slot->index]->label = node->ancestor->label;
        node->ancestor = slot;
        node->tuple = true;
      }
      break;
    case NodeKind::kParent:
      ++slot->level;
      break;
    case NodeKind::kBlock:
      if (!node->list.empty()) {
        node->tuple = true;
        Seek(node->list.back().get(), slot);
      }
      break;
    case NodeKind::kPath: {
      node->tuple = true;
      size_t index = node->list.size() - 1;
      Seek(node->list[index].get(), slot);
      while (slot->level > 0 && index > 0) Seek(node->list[--index].get(), slot);
      break;
    }
    default:
      throw Raised("S0217").At(node->offset);
  }
}

void Ancestry::ResolvePath(Node* path) {
  const std::vector<NodePtr>& steps = path->list;
  for (const SlotPtr& slot : SlotsOf(*steps.back())) {
    size_t next = steps.size() - 1;  // steps before this one are still to be tried
    while (slot->level > 0) {
      if (next == 0) {
        path->seeking.push_back(slot);
        break;
      }
      Node* step = steps[--next].get();
      // Steps in a row that bind their focus have the same input: one counts.
      while (next > 0 && step->focus.has_value() && steps[next - 1]->focus.has_value()) {
        step = steps[--next].get();
      }
      Seek(step, slot);
    }
  }
}

void Ancestry::ResolvePredicate(Node* step, const Node& predicate) {
  for (const SlotPtr& slot : predicate.seeking) {
    if (slot->level == 1) {
      Seek(step, slot);
    } else {
      --slot->level;
    }
  }
  Inherit(step, predicate);
}

}  // namespace pawl::expr::jsonata
