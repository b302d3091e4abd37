#include "engine/expr/jsonata/item.h"

#include <cmath>

#include "engine/expr/jsonata/number_text.h"

namespace pawl::expr::jsonata {
namespace {

template <typename T>
void Drop(T* node) {
  if (--node->references == 0) delete node;
}

}  // namespace

Item Item::Number(double number) {
  if (std::isfinite(number)) return Item(NumberValue(number));
  Item item;
  item.kind_ = Kind::kNonFinite;
  item.other_.number = number;
  return item;
}

void Item::Retain() {
  if (kind_ == Kind::kList) ++other_.list->references;
  if (kind_ == Kind::kRecord) ++other_.record->references;
  if (kind_ == Kind::kTuple) ++other_.tuple->references;
}

void Item::Release() {
  if (kind_ == Kind::kList) Drop(other_.list);
  if (kind_ == Kind::kRecord) Drop(other_.record);
  if (kind_ == Kind::kTuple) Drop(other_.tuple);
}

uint32_t Item::depth() const {
  switch (kind_) {
    case Kind::kUndefined:
    case Kind::kNonFinite:
    case Kind::kFunction:
      return 0;
    case Kind::kValue:
      return value_.depth();
    case Kind::kList:
      return other_.list->depth;
    case Kind::kRecord:
      return other_.record->depth;
    case Kind::kTuple:
      return other_.tuple->item.depth();
  }
  return 0;
}

Item* Record::Find(absl::string_view key) {
  for (auto& [name, item] : members) {
    if (name == key) return &item;
  }
  return nullptr;
}

void Tuple::Bind(uint32_t symbol, Item value) {
  for (auto& [name, bound] : bindings) {
    if (name == symbol) {
      bound = std::move(value);
      return;
    }
  }
  bindings.emplace_back(symbol, std::move(value));
}

}  // namespace pawl::expr::jsonata
