// State machines as callers create and change them: AWS's rules of idempotency over the store's
// revisions. All calls block.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/asl/diagnostic.h"
#include "engine/aws/arn.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/options.h"
#include "persistence/store.h"

namespace pawl::runtime {

class MachineAdmin {
 public:
  MachineAdmin(const Options* options, MachineCache* cache) : options_(options), cache_(cache) {}

  // The same name, definition and type again: the existing machine. Otherwise AlreadyExists.
  // InvalidArgument with AWS's text for a definition with errors; *diagnostics has them all.
  absl::StatusOr<persistence::MachineRevision> Create(persistence::Store* store,
                                                      const aws::MachineId& id,
                                                      const std::string& definition,
                                                      const std::string& type,
                                                      const std::string& role_arn, absl::Time now,
                                                      std::vector<asl::Diagnostic>* diagnostics);
  // Adds a revision, unless nothing changes.
  absl::StatusOr<persistence::MachineRevision> Update(persistence::Store* store,
                                                      const aws::MachineId& id,
                                                      const std::string& definition,
                                                      const absl::optional<std::string>& role_arn,
                                                      absl::Time now,
                                                      std::vector<asl::Diagnostic>* diagnostics);
  absl::Status Delete(persistence::Store* store, const aws::MachineId& id);
  // Compiles without storing.
  std::vector<asl::Diagnostic> Validate(const std::string& definition,
                                        const std::string& type) const;

 private:
  asl::CompileOptions CompileOptionsFor(const std::string& type) const;
  absl::Status Check(const std::string& definition, const std::string& type,
                     std::vector<asl::Diagnostic>* diagnostics) const;

  const Options* options_;
  MachineCache* cache_;
};

}  // namespace pawl::runtime
