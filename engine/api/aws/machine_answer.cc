#include "engine/api/aws/machine_answer.h"

#include "absl/strings/str_cat.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/expr/digest.h"

namespace pawl::api::aws_json {

std::string ArnOf(const persistence::MachineRevision& machine, const aws::ArnContext& arns) {
  return aws::MachineArn({arns.region, machine.ns}, machine.name);
}

std::string RevisionIdOf(const persistence::MachineRevision& machine) {
  if (machine.revision_time == machine.create_time) return "";
  const auto digest = expr::HexDigest(
      "SHA-256", absl::StrCat(machine.ns, "/", machine.name, "/", machine.revision));
  return aws::UuidOfDigest(*digest);
}

void WriteMachine(const persistence::MachineRevision& machine, const aws::ArnContext& arns,
                  JsonObject* answer) {
  answer->Text("definition", machine.definition);
  answer->Object("encryptionConfiguration").Text("type", "AWS_OWNED_KEY");
  answer->Object("loggingConfiguration").Bool("includeExecutionData", false).Text("level", "OFF");
  answer->Text("name", machine.name);
  answer->TextIfAny("revisionId", RevisionIdOf(machine));
  answer->Text("roleArn", machine.role_arn);
  answer->Text("stateMachineArn", ArnOf(machine, arns));
  answer->Object("tracingConfiguration").Bool("enabled", false);
}

}  // namespace pawl::api::aws_json
