#include "engine/runtime/machines/activity_registry.h"

#include <vector>

namespace pawl::runtime {
namespace {

constexpr int kPage = 1'000;

}  // namespace

absl::Status ActivityRegistry::Refresh(persistence::Store* store, const std::string& ns) {
  int64_t changes = 0;
  {
    absl::MutexLock lock(&mutex_);
    changes = changes_;
  }
  absl::flat_hash_set<Name> found;
  for (std::string after;;) {
    const auto page = store->ListDocuments(ns, kActivityDocument, after, kPage);
    if (!page.ok()) return page.status();
    for (const persistence::Document& document : *page) found.emplace(ns, document.name);
    if (page->size() < static_cast<size_t>(kPage)) break;
    after = page->back().name;
  }
  absl::MutexLock lock(&mutex_);
  if (changes != changes_) return absl::OkStatus();  // the next refresh sees both
  absl::erase_if(registered_, [&](const Name& name) { return name.first == ns; });
  registered_.merge(found);
  return absl::OkStatus();
}

void ActivityRegistry::Set(const aws::ActivityId& id, bool is_registered) {
  absl::MutexLock lock(&mutex_);
  ++changes_;
  if (is_registered) {
    registered_.emplace(id.ns, id.name);
  } else {
    registered_.erase(Name(id.ns, id.name));
  }
}

bool ActivityRegistry::IsRegistered(absl::string_view ns, absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  return registered_.contains(Name(std::string(ns), std::string(name)));
}

}  // namespace pawl::runtime
