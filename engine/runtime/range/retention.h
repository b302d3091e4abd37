// Deletes what has been closed for long enough (flag --retention, or what the namespace says), a page
// at a time and never in a hurry: after each page the store has a pause. Touched only from the range's strand.
#pragma once

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "engine/runtime/machines/namespace_registry.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/ownership.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Retention {
 public:
  // All arguments outlive it.
  Retention(const WorldRef& world, const Options& options, Strand* strand,
            const Ownership* ownership, const NamespaceRegistry* namespaces)
      : world_(world),
        options_(options),
        strand_(strand),
        ownership_(ownership),
        namespaces_(namespaces) {}

  // Begins, or goes on, as long as the range is owned.
  void Run();
  // Until the next Run.
  void Stop() { ++generation_; }

  int64_t deleted() const { return deleted_; }

 private:
  // What to delete: all namespaces at once, unless one of them has a retention of its own.
  struct Sweep {
    absl::optional<std::string> ns;
    absl::Duration retention;
  };
  std::vector<Sweep> Sweeps() const;
  void DeletePage();

  const WorldRef& world_;
  const Options& options_;
  Strand* const strand_;
  const Ownership* const ownership_;
  const NamespaceRegistry* const namespaces_;
  int64_t generation_ = 0;
  int64_t deleted_ = 0;
};

}  // namespace pawl::runtime
