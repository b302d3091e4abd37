// State machines: create, change, look at, validate.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/machines/machine_admin.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

struct MachineInput {
  std::string name;  // of Create; of Update an ARN or a name
  std::string definition;
  std::string type;                      // STANDARD or EXPRESS; of Create
  absl::optional<std::string> role_arn;  // of Update: absent leaves it
};

struct MachineResult {
  persistence::MachineRevision revision;
  std::vector<asl::Diagnostic> diagnostics;  // warnings; errors refuse the definition
};

// The machine that an execution runs, as it was when that started.
struct ExecutionMachine {
  persistence::MachineRevision revision;
  std::string label;        // of a Map Run's child: the Map state's; else ""
  std::string map_run_arn;  // likewise
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

  // InvalidName, InvalidDefinition (as many of the errors as a status holds; Validate gives all),
  // StateMachineAlreadyExists.
  void Create(const CallContext& context, MachineInput input, Done<MachineResult> done);
  void Update(const CallContext& context, MachineInput input, Done<MachineResult> done);
  // `revision` 0: the current one.
  void Describe(const CallContext& context, const std::string& machine, int64_t revision,
                Done<persistence::MachineRevision> done);
  // ExecutionDoesNotExist.
  void DescribeForExecution(const CallContext& context, const std::string& execution,
                            Done<ExecutionMachine> done);
  void List(const CallContext& context, int page_size, const std::string& page_token,
            Done<MachinePage> done);
  void Delete(const CallContext& context, const std::string& machine, Done<Empty> done);
  // Every diagnostic, whatever their number.
  void Validate(const CallContext& context, std::string definition, std::string type,
                Done<std::vector<asl::Diagnostic>> done);

 private:
  absl::StatusOr<aws::MachineId> Parse(const CallContext& context, absl::string_view operation,
                                       const std::string& machine) const;

  const Deps deps_;
  mutable runtime::MachineAdmin admin_;
};

}  // namespace pawl::service
