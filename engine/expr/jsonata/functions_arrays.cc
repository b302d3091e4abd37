#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/number_text.h"

namespace pawl::expr::jsonata::functions {
namespace {

// Remembers what it has seen. Strings and numbers, the usual elements, are hashed; everything else
// is compared with its own kind.
class Seen {
 public:
  explicit Seen(Workspace* workspace) : workspace_(*workspace) {}

  bool IsNew(const Item& item) {
    workspace_.Step();
    if (item.is_string()) {
      workspace_.Work(2 + 3 * steps::Scanned(item.AsString().size()));
      return strings_.insert(item.AsString()).second;
    }
    if (item.is_number()) return numbers_.insert(item.AsNumber()).second;
    for (const Item& other : others_) {
      if (DeepEquals(item, other, &workspace_)) return false;
    }
    others_.push_back(item);
    return true;
  }

 private:
  Workspace& workspace_;
  absl::flat_hash_set<std::string> strings_;
  absl::flat_hash_set<double> numbers_;
  std::vector<Item> others_;
};

}  // namespace

Item Count(const Call& call) {
  return Item::Number(call.Has(0) ? static_cast<double>(Elements(call[0]).size()) : 0);
}

Item Append(const Call& call) {
  if (!call.Has(0)) return call[1];
  if (!call.Has(1)) return call[0];
  Ref<List> result = call.workspace.NewList(false);
  call.workspace.PushAll(result.get(), call[0]);
  call.workspace.PushAll(result.get(), call[1]);
  return Item(std::move(result));
}

Item Reverse(const Call& call) {
  const Elements elements(call[0]);
  if (elements.size() <= 1) return call[0];
  call.workspace.Step(elements.size());
  Ref<List> result = call.workspace.NewList(false);
  for (size_t i = elements.size(); i-- > 0;) call.workspace.Push(result.get(), elements[i]);
  return Item(std::move(result));
}

Item Shuffle(const Call& call) {
  const Elements elements(call[0]);
  if (elements.size() <= 1) return call[0];
  RandomSource* random = call.evaluator.world().random;
  if (random == nullptr) throw Raised("D3137").With("message", "No source of random numbers");
  call.workspace.Step(elements.size());
  Ref<List> result = call.workspace.NewList(false);
  for (size_t i = 0; i < elements.size(); ++i) call.workspace.Push(result.get(), elements[i]);
  for (size_t i = elements.size(); i-- > 1;) {
    const auto j = static_cast<size_t>(random->NextUnit() * static_cast<double>(i + 1));
    std::swap(result->items[i], result->items[j]);
  }
  return Item(std::move(result));
}

Item Distinct(const Call& call) {
  const Elements elements(call[0]);
  if (!call[0].is_array() || elements.size() <= 1) return call[0];
  Ref<List> result = call.workspace.NewList(call[0].is_sequence());
  Seen seen(&call.workspace);
  for (size_t i = 0; i < elements.size(); ++i) {
    Item item = elements[i];
    if (seen.IsNew(item)) call.workspace.Push(result.get(), std::move(item));
  }
  return Item(std::move(result));
}

Item Zip(const Call& call) {
  size_t length = call.arguments.empty() ? 0 : static_cast<size_t>(-1);
  for (const Item& argument : call.arguments) {
    length = std::min(length, argument.is_array() ? Elements(argument).size() : 0);
  }
  Ref<List> result = call.workspace.NewList(false);
  for (size_t i = 0; i < length; ++i) {
    Ref<List> tuple = call.workspace.NewList(false);
    for (const Item& argument : call.arguments) {
      call.workspace.Step();
      call.workspace.Push(tuple.get(), Elements(argument)[i]);
    }
    call.workspace.Push(result.get(), Item(std::move(tuple)));
  }
  return Item(std::move(result));
}

}  // namespace pawl::expr::jsonata::functions
