// State machines as callers create and change them, with their versions, aliases and tags: AWS's
// rules of identity and conflict over the store's revisions and documents. All calls block.
//
// Every change is one transaction of the store, made on top of what was read: of two callers who
// change the same machine at once the second reads again and decides anew.
//   machine_admin.cc     create, update, delete, tags
//   machine_versions.cc  versions and aliases
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "engine/asl/diagnostic.h"
#include "engine/aws/arn.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/machines/machine_record.h"
#include "engine/runtime/machines/machine_settings.h"
#include "engine/runtime/options.h"
#include "persistence/store.h"

namespace pawl::runtime {

inline constexpr size_t kMaxTags = 50;
inline constexpr size_t kMaxVersions = 1'000;
inline constexpr size_t kMaxAliases = 100;

struct NewMachine {
  std::string definition;
  std::string type = "STANDARD";
  std::string role_arn;
  MachineSettings settings;
  Tags tags;
  bool publishes = false;           // version 1 as well
  std::string version_description;  // only with `publishes`
};

// What is absent stays.
struct MachineUpdate {
  absl::optional<std::string> definition;
  absl::optional<std::string> role_arn;
  absl::optional<LoggingConfiguration> logging;
  absl::optional<bool> is_tracing_enabled;
  absl::optional<EncryptionConfiguration> encryption;
  bool publishes = false;
  absl::optional<std::string> version_description;
};

struct ChangedMachine {
  persistence::MachineRevision revision;
  MachineSettings settings;
  absl::optional<Version> version;  // where the call publishes
};

class MachineAdmin {
 public:
  MachineAdmin(const Options* options, MachineCache* cache) : options_(options), cache_(cache) {}

  // The same name, definition, type and settings again: the existing machine. Otherwise
  // StateMachineAlreadyExists. InvalidDefinition with AWS's text; *diagnostics has all findings.
  // InvalidName, InvalidArn (role), InvalidLoggingConfiguration, ValidationException.
  absl::StatusOr<ChangedMachine> Create(persistence::Store* store, const aws::MachineId& id,
                                        const NewMachine& machine, absl::Time now,
                                        std::vector<asl::Diagnostic>* diagnostics);
  // Adds a revision, unless nothing changes. StateMachineDoesNotExist, MissingRequiredParameter,
  // and as Create.
  absl::StatusOr<ChangedMachine> Update(persistence::Store* store, const aws::MachineId& id,
                                        const MachineUpdate& update, absl::Time now,
                                        std::vector<asl::Diagnostic>* diagnostics);
  // Compiles without storing.
  std::vector<asl::Diagnostic> Validate(const std::string& definition,
                                        const std::string& type) const;

  // Versions, aliases and tags. StateMachineDoesNotExist.
  absl::StatusOr<MachineRecord> Read(persistence::Store* store, const aws::MachineId& id) const;
  // TooManyTags; AccessDenied for AWS's own keys.
  absl::Status Tag(persistence::Store* store, const aws::MachineId& id, const Tags& tags);
  absl::Status Untag(persistence::Store* store, const aws::MachineId& id,
                     const std::vector<std::string>& keys);

  // The version that stands for the current revision; a new one if there is none yet. ConflictException
  // where `revision_id` is given and is not the current one's.
  absl::StatusOr<Version> Publish(persistence::Store* store, const aws::MachineId& id,
                                  const std::string& revision_id, const std::string& description,
                                  absl::Time now);
  // ConflictException while an alias leads to it. Ok where there is no such version or machine.
  absl::Status DeleteVersion(persistence::Store* store, const aws::MachineId& id, int64_t number);

  // The same again: the existing alias. ConflictException where it is another one.
  // ValidationException for routes that are not `CheckRoutes`.
  absl::StatusOr<Alias> CreateAlias(persistence::Store* store, const aws::MachineId& id,
                                    const Alias& alias, absl::Time now);
  // What is absent stays. ResourceNotFound, ValidationException.
  absl::StatusOr<Alias> UpdateAlias(persistence::Store* store, const aws::MachineId& id,
                                    const std::string& name,
                                    const absl::optional<std::string>& description,
                                    const absl::optional<std::vector<Route>>& routes,
                                    absl::Time now);
  // Ok where there is no such alias or machine.
  absl::Status DeleteAlias(persistence::Store* store, const aws::MachineId& id,
                           const std::string& name);

 private:
  struct Stored {
    persistence::MachineRevision revision;
    MachineRecord record;
    int64_t document_revision = 0;
  };
  using Edit = absl::FunctionRef<absl::Status(const persistence::MachineRevision&, MachineRecord*)>;

  asl::CompileOptions CompileOptionsFor(const std::string& type) const;
  absl::Status Check(const std::string& definition, const std::string& type,
                     std::vector<asl::Diagnostic>* diagnostics) const;
  absl::StatusOr<Stored> ReadStored(persistence::Store* store, const aws::MachineId& id) const;
  // Reads, lets `edit` change and writes, again while somebody else was faster. Nothing is written
  // where `edit` fails or changes nothing.
  absl::Status Change(persistence::Store* store, const aws::MachineId& id, Edit edit);
  absl::StatusOr<ChangedMachine> CreateAgain(const aws::MachineId& id, Stored stored,
                                             const NewMachine& machine) const;
  // `current` with the update; revision 0 where that differs from what there is.
  absl::StatusOr<ChangedMachine> Changed(const persistence::MachineRevision& current,
                                         const MachineUpdate& update,
                                         std::vector<asl::Diagnostic>* diagnostics);
  absl::StatusOr<ChangedMachine> TryUpdate(persistence::Store* store, const aws::MachineId& id,
                                           const MachineUpdate& update, absl::Time now,
                                           std::vector<asl::Diagnostic>* diagnostics);
  std::string ArnOf(const aws::MachineId& id) const {
    return aws::MachineArn({options_->region, id.ns}, id.name);
  }
  absl::Status DoesNotExist(const aws::MachineId& id) const;
  absl::Status CheckRoutes(const aws::MachineId& id, const MachineRecord& record,
                           const std::vector<Route>& routes) const;

  const Options* options_;
  MachineCache* cache_;
};

// The revision id of AWS's API: "INITIAL" where the machine was never updated.
std::string RevisionId(const persistence::MachineRevision& revision,
                       const MachineSettings& settings);

// Adds the next version to `record`. ServiceQuotaExceeded.
absl::StatusOr<Version> AddVersion(MachineRecord* record, int64_t revision,
                                   const std::string& description, absl::Time now);

// Merges and removes; for machines and activities. TooManyTags, AccessDenied for keys of AWS's own.
absl::Status MergeTags(const Tags& from, Tags* to);

}  // namespace pawl::runtime
