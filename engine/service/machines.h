// State machines: create, change, look at, validate; their versions and aliases.
//   machines.cc  machines   versions.cc  versions and aliases
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/runtime/machines/machine_admin.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

struct MachineResult {
  runtime::ChangedMachine machine;
  std::vector<asl::Diagnostic> diagnostics;  // warnings; errors refuse the definition
};

struct MachineDescription {
  persistence::MachineRevision revision;
  runtime::MachineSettings settings;
  bool is_deleting = false;
  absl::optional<runtime::Version> version;  // where a version was asked for
  std::string map_run_arn;                   // of an execution that is a child of a Map Run
  std::string label;                         // of its Map state
  // Variables that each state reads (asl/variable_references.h).
  std::map<std::string, std::vector<std::string>> variable_references;
};

struct VersionPage {
  std::vector<runtime::Version> versions;
  aws::MachineId machine;
  std::string next_page_token;
};

// As callers name it: a version's ARN.
struct RouteInput {
  std::string version_arn;
  int32_t weight = 0;  // 0 to 100
};
struct AliasInput {
  std::string name;
  std::string description;
  std::vector<RouteInput> routes;  // one or two, of one machine
};
struct NamedAlias {
  aws::MachineId machine;
  runtime::Alias alias;
};
struct AliasPage {
  aws::MachineId machine;
  std::vector<runtime::Alias> aliases;
  std::string next_page_token;
};

struct MachinePage {
  std::vector<persistence::MachineRevision> revisions;  // without definitions
  std::string next_page_token;
};

// Thread-safe. ValidationException, InvalidArn, StateMachineDoesNotExist where one is named.
class Machines {
 public:
  explicit Machines(Deps deps)
      : deps_(deps), admin_(&deps.node->options(), &deps.node->machines()) {}

  // As runtime::MachineAdmin; InvalidDefinition with as many of the errors as a status holds
  // (Validate gives all).
  void Create(const CallContext& context, std::string name, runtime::NewMachine machine,
              Done<MachineResult> done);
  void Update(const CallContext& context, const std::string& machine, runtime::MachineUpdate update,
              Done<MachineResult> done);
  // The machine may be a version. `revision` 0: the current one, or the version's.
  void Describe(const CallContext& context, const std::string& machine, int64_t revision,
                Done<MachineDescription> done);
  // The revision by which an execution runs.
  void DescribeForExecution(const CallContext& context, const std::string& execution,
                            Done<MachineDescription> done);
  void List(const CallContext& context, int page_size, const std::string& page_token,
            Done<MachinePage> done);
  // Its open executions fail; it is shown as being deleted until the last one has ended.
  void Delete(const CallContext& context, const std::string& machine, Done<Empty> done);

  // Versions and aliases, as runtime::MachineAdmin. A version is named by ARN:NUMBER, an alias by
  // ARN:NAME; what is named by something else is InvalidArn.
  void Publish(const CallContext& context, const std::string& machine, std::string revision_id,
               std::string description, Done<runtime::Version> done);
  void DeleteVersion(const CallContext& context, const std::string& version, Done<Empty> done);
  // Newest first.
  void ListVersions(const CallContext& context, const std::string& machine, int page_size,
                    const std::string& page_token, Done<VersionPage> done);
  void CreateAlias(const CallContext& context, AliasInput input, Done<NamedAlias> done);
  void UpdateAlias(const CallContext& context, const std::string& alias,
                   absl::optional<std::string> description,
                   absl::optional<std::vector<RouteInput>> routes, Done<NamedAlias> done);
  // Makes it or changes it. Absent: the description stays, or is empty.
  void SetAlias(const CallContext& context, const std::string& alias,
                std::vector<runtime::Route> routes, absl::optional<std::string> description,
                Done<NamedAlias> done);
  // ResourceNotFound.
  void DescribeAlias(const CallContext& context, const std::string& alias, Done<NamedAlias> done);
  void DeleteAlias(const CallContext& context, const std::string& alias, Done<Empty> done);
  // By name; of a version those that lead to it.
  void ListAliases(const CallContext& context, const std::string& machine, int page_size,
                   const std::string& page_token, Done<AliasPage> done);

  // Every diagnostic, whatever their number.
  void Validate(const CallContext& context, std::string definition, std::string type,
                Done<std::vector<asl::Diagnostic>> done);

 private:
  // What may be behind the name in an ARN.
  enum class Qualifier { kNone, kVersion, kAlias, kNoneOrVersion };
  // Asks the authorizer as well.
  absl::StatusOr<aws::MachineId> Parse(const CallContext& context, absl::string_view operation,
                                       const std::string& machine,
                                       Qualifier qualifier = Qualifier::kNone) const;
  // The one machine that all routes lead to, and where.
  absl::StatusOr<std::vector<runtime::Route>> ParseRoutes(const CallContext& context,
                                                          const std::vector<RouteInput>& routes,
                                                          aws::MachineId* machine) const;

  // `status`, or StateMachineDeleting where a machine or its alias is missing because the machine is
  // being deleted.
  absl::Status OrDeleting(persistence::Store& store, const aws::MachineId& id,
                          const absl::Status& status) const;
  absl::StatusOr<MachineDescription> Read(persistence::Store& store, const aws::MachineId& id,
                                          int64_t revision) const;
  absl::StatusOr<MachineDescription> ReadFor(persistence::Store& store,
                                             persistence::ExecutionRef ref) const;

  const Deps deps_;
  mutable runtime::MachineAdmin admin_;
};

}  // namespace pawl::service
