#include "engine/service/child_items.h"

#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "engine/core/record_codec.h"

namespace pawl::service {
namespace {

// False as well where the definition cannot be read any more: then each child counts as one item.
bool HasBatches(persistence::Store& store, runtime::MachineCache& machines,
                const persistence::ExecutionRow& child) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(child.machine, absl::MaxSplits('/', 1));
  const auto machine = machines.GetRevision(&store, child.ns, parts.first, child.revision);
  if (!machine.ok()) return false;
  const auto map = (*machine)->machine->FindDistributed(parts.second);
  return map != nullptr && map->batcher.has_value();
}

// The length of "Items" in the input that the child was started with.
absl::StatusOr<int64_t> ItemsOfBatch(persistence::Store& store, persistence::ExecutionRef child) {
  const auto rows = store.ReadHistory(child, 1, 1, /*reverse=*/false);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return 1;
  const auto events = core::DecodeTransition(rows->front().record);
  if (!events.ok()) return events.status();
  for (const core::Event& event : *events) {
    const auto* started = event.As<core::ExecutionStarted>();
    if (started == nullptr || !started->input.value().is_object()) continue;
    const Value* items = started->input.value().Find("Items");
    if (items != nullptr && items->is_array()) {
      return static_cast<int64_t>(items->AsArray().size());
    }
  }
  return 1;
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> ItemsOfChildren(
    persistence::Store& store, runtime::MachineCache& machines,
    const std::vector<persistence::ExecutionRow>& children) {
  std::vector<int64_t> items(children.size(), 1);
  if (children.empty() || !HasBatches(store, machines, children.front())) return items;
  for (size_t i = 0; i < children.size(); ++i) {
    const absl::StatusOr<int64_t> count = ItemsOfBatch(store, children[i].ref);
    if (!count.ok()) return count.status();
    items[i] = *count;
  }
  return items;
}

}  // namespace pawl::service
