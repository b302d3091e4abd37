#include "engine/api/aws/machine_convert.h"

#include "absl/strings/str_cat.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kFirstRevision[] = "INITIAL";
constexpr char kCustomersKey[] = "CUSTOMER_MANAGED_KMS_KEY";

void WriteLogging(const runtime::LoggingConfiguration& logging, JsonObject* answer) {
  JsonObject out = answer->Object("loggingConfiguration");
  if (logging.log_groups.has_value()) {
    JsonArray destinations = out.Array("destinations");
    for (const std::string& group : *logging.log_groups) {
      JsonObject destination = destinations.Object();
      destination.Object("cloudWatchLogsLogGroup").Text("logGroupArn", group);
    }
  }
  out.Bool("includeExecutionData", logging.includes_execution_data).Text("level", logging.level);
}

}  // namespace

runtime::LoggingConfiguration LoggingOf(const RequestMembers& in) {
  runtime::LoggingConfiguration logging;
  if (in.Has("level")) logging.level = in.Text("level");
  logging.includes_execution_data = in.Bool("includeExecutionData");
  if (!in.Has("destinations")) return logging;
  logging.log_groups.emplace();
  for (const Value& destination : in.List("destinations")) {
    const RequestMembers group = RequestMembers(destination).Structure("cloudWatchLogsLogGroup");
    logging.log_groups->push_back(group.Text("logGroupArn"));
  }
  return logging;
}

runtime::EncryptionConfiguration EncryptionOf(const RequestMembers& in) {
  runtime::EncryptionConfiguration encryption;
  if (in.Has("type")) encryption.type = in.Text("type");
  encryption.kms_key_id = in.Text("kmsKeyId");
  encryption.data_key_reuse_seconds = static_cast<int32_t>(in.Int("kmsDataKeyReusePeriodSeconds"));
  return encryption;
}

runtime::Tags TagsOf(const Value::Elements& in) {
  runtime::Tags tags;
  for (const Value& element : in) {
    const RequestMembers tag(element);
    tags[tag.Text("key")] = tag.Text("value");
  }
  return tags;
}

std::string ArnOf(const persistence::MachineRevision& machine, const aws::ArnContext& arns) {
  return aws::MachineArn({arns.region, machine.ns}, machine.name);
}

std::string ArnOf(const persistence::MachineRevision& machine, const runtime::Version& version,
                  const aws::ArnContext& arns) {
  return aws::VersionArn({arns.region, machine.ns}, machine.name, version.number);
}

void WriteEncryption(const runtime::EncryptionConfiguration& encryption, JsonObject* answer) {
  JsonObject out = answer->Object("encryptionConfiguration");
  if (encryption.data_key_reuse_seconds > 0) {
    out.Int("kmsDataKeyReusePeriodSeconds", encryption.data_key_reuse_seconds);
  }
  out.TextIfAny("kmsKeyId", encryption.kms_key_id).Text("type", encryption.type);
}

void WriteRevisionId(const persistence::MachineRevision& machine,
                     const runtime::MachineSettings& settings, JsonObject* answer) {
  const std::string id = runtime::RevisionId(machine, settings);
  if (id != kFirstRevision) answer->Text("revisionId", id);
}

void WriteMachine(const service::MachineDescription& machine, bool has_data, JsonObject* answer) {
  const persistence::MachineRevision& revision = machine.revision;
  const bool is_hidden = !has_data && machine.settings.encryption.type == kCustomersKey;
  answer->Text("definition", is_hidden ? "{}" : revision.definition);
  WriteEncryption(machine.settings.encryption, answer);
  answer->TextIfAny("label", machine.label);
  WriteLogging(machine.settings.logging, answer);
  answer->TextIfAny("mapRunArn", machine.map_run_arn);
  answer->Text("name", revision.name);
  WriteRevisionId(revision, machine.settings, answer);
  answer->Text("roleArn", revision.role_arn);
  answer->Object("tracingConfiguration").Bool("enabled", machine.settings.is_tracing_enabled);
  if (machine.variable_references.empty()) return;
  JsonObject references = answer->Object("variableReferences");
  for (const auto& [state, variables] : machine.variable_references) {
    JsonArray names = references.Array(state);
    for (const std::string& name : variables) names.Text(name);
  }
}

}  // namespace pawl::api::aws_json
