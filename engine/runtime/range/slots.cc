#include "engine/runtime/range/slots.h"

#include <cstdint>

namespace pawl::runtime {

persistence::Slot SlotOf(absl::string_view ns, absl::string_view machine, absl::string_view name) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](absl::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = hash * 1099511628211u;  // the separator, a zero byte
  };
  add(ns);
  add(machine);
  add(name);
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  return persistence::Slot(static_cast<int64_t>(hash % persistence::kSlotCount));
}

}  // namespace pawl::runtime
