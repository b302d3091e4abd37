// Transforms: | pattern | update, delete |.
#include <algorithm>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"

namespace pawl::expr::jsonata {
namespace {

// A copy made of lists and records, whose objects can be told apart and changed in place. Also what
// is put into such a copy: it can then never contain itself.
Item Clone(const Item& item, Workspace* workspace) {
  workspace->Step();
  if (item.is_array()) {
    Ref<List> copy = workspace->NewList(false);
    const Elements elements(item);
    for (size_t i = 0; i < elements.size(); ++i) {
      workspace->Push(copy.get(), Clone(elements[i], workspace));
    }
    return Item(std::move(copy));
  }
  if (item.is_object()) {
    Ref<Record> copy(new Record);
    ForEachMember(item, [&](const std::string& key, const Item& member) {
      workspace->Add(copy.get(), key, Clone(member, workspace));
    });
    return Item(std::move(copy));
  }
  return item;
}

void Update(const Item& update, size_t offset, Record* record, Workspace* workspace) {
  if (update.is_undefined()) return;
  if (!update.is_object()) throw Raised("T2011").With("value", ForMessage(update)).At(offset);
  ForEachMember(Clone(update, workspace), [&](const std::string& key, const Item& member) {
    workspace->Set(record, key, member);
  });
}

void Delete(const Item& names, size_t offset, Record* record, Workspace* workspace) {
  if (names.is_undefined()) return;
  if (!names.is_string() && !IsArrayOfStrings(names, workspace)) {
    throw Raised("T2012").With("value", ForMessage(names)).At(offset);
  }
  const Elements elements(names);
  for (size_t i = 0; i < elements.size(); ++i) {
    const Item name = elements[i];
    auto& members = record->members;
    workspace->Work(1 + members.size() / 4);
    members.erase(
        std::remove_if(members.begin(), members.end(),
                       [&](const auto& member) { return member.first == name.AsString(); }),
        members.end());
  }
}

}  // namespace

Item Evaluator::Transform(const Function& transform, const Item& input) {
  if (input.is_undefined()) return input;
  const Node& node = *transform.node;
  Item result = Clone(input, &workspace_);
  const Item matches = Evaluate(*node.lhs, result, transform.frame);
  if (!matches.is_undefined()) {
    const Elements elements(matches);
    for (size_t i = 0; i < elements.size(); ++i) {
      const Item match = elements[i];
      const Item update = Evaluate(*node.rhs, match, transform.frame);
      Record unchangeable;  // for a match that is no object: checks still apply
      Record* record = match.record() != nullptr ? match.record() : &unchangeable;
      Update(update, node.rhs->offset, record, &workspace_);
      if (node.third != nullptr) {
        Delete(Evaluate(*node.third, match, transform.frame), node.third->offset, record,
               &workspace_);
      }
    }
  }
  Value value;
  if (!ToValue(result, Fidelity::kExact, &workspace_, &value)) return result;
  workspace_.CheckDepth(value.depth());
  return Item(std::move(value));
}

}  // namespace pawl::expr::jsonata
