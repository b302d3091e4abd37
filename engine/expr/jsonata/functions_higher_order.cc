#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/merge_sort.h"

namespace pawl::expr::jsonata::functions {
namespace {

Item Index(size_t i) { return Item::Number(static_cast<double>(i)); }

// The function in argument `i`, which some signatures call optional although nothing works without.
const Function& FunctionAt(const Call& call, size_t i) {
  if (call[i].function() == nullptr) throw Raised("T0410").With("index", absl::StrCat(i + 1));
  return *call[i].function();
}

}  // namespace

Item Map(const Call& call) {
  const Elements elements(call[0]);
  const Function& function = FunctionAt(call, 1);
  Ref<List> result = call.workspace.NewList(true);
  for (size_t i = 0; i < elements.size(); ++i) {
    Item mapped = call.evaluator.ApplyToElement(function, elements[i], Index(i), call[0]);
    if (!mapped.is_undefined()) call.workspace.Push(result.get(), std::move(mapped));
  }
  return Item(std::move(result));
}

Item Filter(const Call& call) {
  const Elements elements(call[0]);
  const Function& function = FunctionAt(call, 1);
  Ref<List> result = call.workspace.NewList(true);
  for (size_t i = 0; i < elements.size(); ++i) {
    Item item = elements[i];
    const Item verdict = call.evaluator.ApplyToElement(function, item, Index(i), call[0]);
    if (ToBoolean(verdict, &call.workspace)) call.workspace.Push(result.get(), std::move(item));
  }
  return Item(std::move(result));
}

Item Single(const Call& call) {
  const Elements elements(call[0]);
  Item single;
  bool found = false;
  for (size_t i = 0; i < elements.size(); ++i) {
    Item item = elements[i];
    if (call.Has(1)) {
      const Item verdict =
          call.evaluator.ApplyToElement(FunctionAt(call, 1), item, Index(i), call[0]);
      if (!ToBoolean(verdict, &call.workspace)) continue;
    }
    if (found) throw Raised("D3138");
    single = std::move(item);
    found = true;
  }
  if (!found) throw Raised("D3139");
  return single;
}

Item Reduce(const Call& call) {
  const Elements elements(call[0]);
  const Function& function = FunctionAt(call, 1);
  const size_t arity = function.Arity();
  if (arity < 2) throw Raised("D3050");
  const bool from_first = !call.Has(2) && !elements.empty();
  Item result = from_first ? elements[0] : call[2];
  for (size_t i = from_first ? 1 : 0; i < elements.size(); ++i) {
    Arguments arguments = {std::move(result), elements[i]};
    if (arity >= 3) arguments.push_back(Index(i));
    if (arity >= 4) arguments.push_back(call[0]);
    result = call.evaluator.Apply(function, std::move(arguments), Item(Value::Null()));
  }
  return result;
}

Item Sift(const Call& call) {
  const Function& function = FunctionAt(call, 1);
  std::vector<std::pair<std::string, Item>> members;
  ForEachMember(call[0], [&](const std::string& key, const Item& item) {
    const Item verdict = call.evaluator.ApplyToElement(function, item, Item::String(key), call[0]);
    if (ToBoolean(verdict, &call.workspace)) members.emplace_back(key, item);
  });
  return members.empty() ? Item() : MakeObject(std::move(members), &call.workspace);
}

Item Each(const Call& call) {
  const Function& function = FunctionAt(call, 1);
  Ref<List> result = call.workspace.NewList(true);
  ForEachMember(call[0], [&](const std::string& key, const Item& item) {
    Item value = call.evaluator.ApplyToElement(function, item, Item::String(key), call[0]);
    if (!value.is_undefined()) call.workspace.Push(result.get(), std::move(value));
  });
  return Item(std::move(result));
}

Item Sort(const Call& call) {
  const Elements elements(call[0]);
  if (elements.size() <= 1) return call[0];
  std::vector<Item> items;
  items.reserve(elements.size());
  call.workspace.Step(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) items.push_back(elements[i]);
  if (call.Has(1)) {
    const Function& function = FunctionAt(call, 1);
    MergeSort(&items, [&](const Item& a, const Item& b) {
      return ToBoolean(call.evaluator.Apply(function, {a, b}, Item(Value::Null())),
                       &call.workspace);
    });
  } else if (IsArrayOfNumbers(call[0], &call.workspace)) {
    MergeSort(&items, [&](const Item& a, const Item& b) {
      call.workspace.Step();
      return a.AsNumber() > b.AsNumber();
    });
  } else if (IsArrayOfStrings(call[0], &call.workspace)) {
    MergeSort(&items, [&](const Item& a, const Item& b) {
      call.workspace.Step();
      return CompareText(a.AsString(), b.AsString(), &call.workspace) > 0;
    });
  } else {
    throw Raised("D3070");
  }
  Ref<List> result = call.workspace.NewList(false);
  for (Item& item : items) call.workspace.Push(result.get(), std::move(item));
  return Item(std::move(result));
}

}  // namespace pawl::expr::jsonata::functions
