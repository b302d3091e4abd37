#include "absl/container/flat_hash_set.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/functions.h"

namespace pawl::expr::jsonata::functions {
namespace {

using Members = std::vector<std::pair<std::string, Item>>;

void CollectKeys(const Call& call, const Item& item, absl::flat_hash_set<std::string>* seen,
                 List* keys) {
  call.workspace.Step();
  if (item.is_array()) {
    const Elements elements(item);
    for (size_t i = 0; i < elements.size(); ++i) CollectKeys(call, elements[i], seen, keys);
    return;
  }
  ForEachMember(item, [&](const std::string& key, const Item&) {
    call.workspace.Work(4 + 2 * steps::Scanned(key.size()));
    if (seen->insert(key).second) call.workspace.Push(keys, call.workspace.String(key));
  });
}

Item SpreadOne(const Call& call, const Item& item) {
  call.workspace.Step();
  if (!item.is_object() && !item.is_array()) return item;
  Ref<List> result = call.workspace.NewList(item.is_object());
  if (item.is_array()) {
    const Elements elements(item);
    if (elements.empty()) return Item();
    for (size_t i = 0; i < elements.size(); ++i) {
      call.workspace.PushAll(result.get(), SpreadOne(call, elements[i]));
    }
  }
  ForEachMember(item, [&](const std::string& key, const Item& member) {
    Members one;
    one.emplace_back(key, member);
    call.workspace.Push(result.get(), MakeObject(std::move(one), &call.workspace));
  });
  return Item(std::move(result));
}

}  // namespace

Item Keys(const Call& call) {
  Ref<List> keys = call.workspace.NewList(true);
  absl::flat_hash_set<std::string> seen;
  CollectKeys(call, call[0], &seen, keys.get());
  return Item(std::move(keys));
}

Item LookupKey(const Call& call) {
  return call.Has(1) ? Lookup(call[0], call[1].AsString(), &call.workspace) : Item();
}

Item Spread(const Call& call) { return SpreadOne(call, call[0]); }

Item Merge(const Call& call) {
  Members members;
  const Elements objects(call[0]);
  for (size_t i = 0; i < objects.size(); ++i) {
    ForEachMember(objects[i], [&](const std::string& key, const Item& member) {
      call.workspace.Step();
      members.emplace_back(key, member);
    });
  }
  return MakeObject(std::move(members), &call.workspace);
}

// Values never change: a copy is the thing itself.
Item Clone(const Call& call) { return call[0]; }

}  // namespace pawl::expr::jsonata::functions
