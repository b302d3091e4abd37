#include "engine/expr/jsonata/item.h"

#include <cmath>

#include "engine/expr/jsonata/number_text.h"

namespace pawl::expr::jsonata {

Item Item::Number(double number) {
  if (std::isfinite(number)) return Item(NumberValue(number));
  Item item;
  item.held_ = NonFinite{number};
  return item;
}

bool Item::is_sequence() const { return list() != nullptr && list()->sequence; }

double Item::AsNumber() const {
  return value() != nullptr ? value()->AsDouble() : std::get<NonFinite>(held_).number;
}

uint32_t Item::depth() const {
  if (value() != nullptr) return value()->depth();
  if (list() != nullptr) return list()->depth;
  if (record() != nullptr) return record()->depth;
  return tuple() != nullptr ? tuple()->item.depth() : 0;
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
