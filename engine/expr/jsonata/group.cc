// Object constructors and group-by: {key: value, ...} over the items of a sequence.
#include "absl/container/flat_hash_map.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"

namespace pawl::expr::jsonata {
namespace {

constexpr size_t kSmall = 8;  // up to here a linear search beats hashing

// What belongs to one key.
struct Slot {
  std::string key;
  size_t pair;  // index of the pair that made the key
  Item data;
  bool merged = false;  // data is a list of our own
};

// Slots in the order in which their keys turned up.
class Slots {
 public:
  Slot* Find(const std::string& key) {
    if (slots_.size() <= kSmall) {
      for (Slot& slot : slots_) {
        if (slot.key == key) return &slot;
      }
      return nullptr;
    }
    for (; indexed_ < slots_.size(); ++indexed_) by_key_.emplace(slots_[indexed_].key, indexed_);
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &slots_[found->second];
  }
  void Add(std::string key, size_t pair, Item data) {
    slots_.push_back({std::move(key), pair, std::move(data)});
  }
  std::vector<Slot>& all() { return slots_; }

 private:
  std::vector<Slot> slots_;
  absl::flat_hash_map<std::string, size_t> by_key_;
  size_t indexed_ = 0;
};

void Append(const Item& item, Slot* slot, Workspace* workspace) {
  if (item.is_undefined()) return;
  if (!slot->merged) {
    Ref<List> list = workspace->NewList(false);
    list->tuples = slot->data.tuple() != nullptr;
    workspace->PushAll(list.get(), slot->data);
    slot->data = Item(std::move(list));
    slot->merged = true;
  }
  workspace->PushAll(slot->data.list(), item);
}

// One tuple for a group of them: what each variable was bound to in any of them.
Ref<Tuple> Merge(const Item& data, Workspace* workspace) {
  Ref<Tuple> merged(new Tuple);
  if (data.tuple() != nullptr) {
    merged->item = data.tuple()->item;
    merged->bindings = data.tuple()->bindings;
    return merged;
  }
  const auto append = [workspace](Item* to, const Item& item, bool first) {
    if (first) {
      *to = item;
      return;
    }
    Ref<List> both = workspace->NewList(false);
    if (!to->is_undefined()) workspace->PushAll(both.get(), *to);
    if (!item.is_undefined()) workspace->PushAll(both.get(), item);
    *to = Item(std::move(both));
  };
  bool first = true;
  for (const Item& element : data.list()->items) {
    const Tuple& tuple = *element.tuple();
    append(&merged->item, tuple.item, first);
    workspace->Work(BindSteps(merged->bindings.size(), tuple.bindings.size()));
    for (const auto& [symbol, item] : tuple.bindings) {
      bool found = false;
      for (auto& [name, value] : merged->bindings) {
        if (name != symbol) continue;
        append(&value, item, false);
        found = true;
      }
      if (!found) merged->bindings.emplace_back(symbol, item);
    }
    first = false;
  }
  return merged;
}

}  // namespace

Item Evaluator::GroupBy(const std::vector<NodePair>& pairs, size_t offset, const Item& input,
                        Frame* frame) {
  const bool tuples = input.list() != nullptr && input.list()->tuples;
  const Elements elements(input);
  // Of nothing, a literal object can still be made.
  const size_t count = elements.empty() ? 1 : elements.size();
  Slots slots;
  for (size_t i = 0; i < count; ++i) {
    Item item = elements.empty() ? Item() : elements[i];
    const Scope scope(&workspace_, frame);
    Frame* inner = frame;
    if (tuples && item.tuple() != nullptr) {
      inner = scope.frame();
      BindTuple(*item.tuple(), inner);
    }
    const Item& context = item.tuple() != nullptr ? item.tuple()->item : item;
    for (size_t p = 0; p < pairs.size(); ++p) {
      const Item key = Evaluate(*pairs[p].first, context, inner);
      if (key.is_undefined()) continue;
      if (!key.is_string()) throw Raised("T1003").With("value", ForMessage(key)).At(offset);
      workspace_.Work(6 + 2 * steps::Scanned(key.AsString().size()));
      Slot* slot = slots.Find(key.AsString());
      if (slot == nullptr) {
        workspace_.Charge(sizeof(Slot) + key.AsString().size());
        slots.Add(key.AsString(), p, item);
      } else if (slot->pair != p) {
        throw Raised("D1009").With("value", ForMessage(key)).At(offset);
      } else {
        Append(item, slot, &workspace_);
      }
    }
  }
  std::vector<std::pair<std::string, Item>> members;
  members.reserve(slots.all().size());
  for (Slot& slot : slots.all()) {
    const Node& value_node = *pairs[slot.pair].second;
    Item value;
    if (tuples && !slot.data.is_undefined()) {
      const Ref<Tuple> merged = Merge(slot.data, &workspace_);
      const Scope scope(&workspace_, frame);
      BindTuple(*merged, scope.frame());
      value = Evaluate(value_node, merged->item, scope.frame());
    } else {
      value = Evaluate(value_node, slot.data, frame);
    }
    if (!value.is_undefined()) members.emplace_back(std::move(slot.key), std::move(value));
  }
  return MakeObject(std::move(members), &workspace_);
}

}  // namespace pawl::expr::jsonata
