// Order-by: ^(<a, >b).
#include <numeric>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/merge_sort.h"

namespace pawl::expr::jsonata {
namespace {

// -1, 0 or 1. Undefined comes last, whatever the direction.
int CompareKeys(const Item& a, const Item& b, const SortTerm& term, size_t offset,
                Workspace* workspace) {
  if (a.is_undefined() || b.is_undefined()) return a.is_undefined() - b.is_undefined();
  const auto sortable = [](const Item& key) { return key.is_string() || key.is_number(); };
  if (!sortable(a) || !sortable(b)) {
    throw Raised("T2008").With("value", ForMessage(sortable(a) ? b : a)).At(offset);
  }
  if (a.is_string() != b.is_string()) {
    throw Raised("T2007").With("value", ForMessage(a)).With("value2", ForMessage(b)).At(offset);
  }
  int order = 0;
  if (a.is_string()) {
    order = CompareText(a.AsString(), b.AsString(), workspace);
  } else if (a.AsNumber() != b.AsNumber()) {
    order = a.AsNumber() < b.AsNumber() ? -1 : 1;
  }
  return term.descending ? -order : order;
}

}  // namespace

Item Evaluator::SortBy(const Node& node, const Item& input, Frame* frame) {
  if (input.is_undefined()) return input;
  const Elements elements(input);
  if (elements.size() <= 1) return input;

  // Each key is evaluated once per item, and only when a comparison asks for it.
  struct Entry {
    Item item;
    std::vector<Item> keys;
  };
  std::vector<Entry> entries(elements.size());
  workspace_.Charge(elements.size() * sizeof(Entry));
  for (size_t i = 0; i < elements.size(); ++i) entries[i].item = elements[i];
  const auto key_of = [&](Entry& entry, size_t term) -> const Item& {
    while (entry.keys.size() <= term) {
      const Node& key = *node.terms[entry.keys.size()].key;
      if (const Tuple* tuple = entry.item.tuple(); tuple != nullptr) {
        const Scope scope(&workspace_, frame);
        BindTuple(*tuple, scope.frame());
        entry.keys.push_back(Evaluate(key, tuple->item, scope.frame()));
      } else {
        entry.keys.push_back(Evaluate(key, entry.item, frame));
      }
    }
    return entry.keys[term];
  };
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  MergeSort(&order, [&](size_t a, size_t b) {
    workspace_.Step();
    for (size_t term = 0; term < node.terms.size(); ++term) {
      const int compared = CompareKeys(key_of(entries[a], term), key_of(entries[b], term),
                                       node.terms[term], node.offset, &workspace_);
      if (compared != 0) return compared > 0;
    }
    return false;
  });
  Ref<List> sorted = workspace_.NewList(true);
  sorted->tuples = input.list() != nullptr && input.list()->tuples;
  for (size_t index : order) workspace_.Push(sorted.get(), std::move(entries[index].item));
  return Item(std::move(sorted));
}

}  // namespace pawl::expr::jsonata
