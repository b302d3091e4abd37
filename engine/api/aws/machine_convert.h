// State machines between the API's structures and the engine's.
#pragma once

#include <string>

#include "engine/api/aws/json_writer.h"
#include "engine/api/aws/request_members.h"
#include "engine/aws/arn.h"
#include "engine/runtime/machines/machine_admin.h"
#include "engine/service/machines.h"
#include "persistence/types.h"

namespace pawl::api::aws_json {

// "loggingConfiguration" and "encryptionConfiguration".
runtime::LoggingConfiguration LoggingOf(const RequestMembers& in);
runtime::EncryptionConfiguration EncryptionOf(const RequestMembers& in);
// "tags": a list of keys and values; a key that is there twice has its last value.
runtime::Tags TagsOf(const Value::Elements& in);

std::string ArnOf(const persistence::MachineRevision& machine, const aws::ArnContext& arns);
std::string ArnOf(const persistence::MachineRevision& machine, const runtime::Version& version,
                  const aws::ArnContext& arns);

void WriteEncryption(const runtime::EncryptionConfiguration& encryption, JsonObject* answer);
// "revisionId", which AWS leaves out of a machine that has never been updated.
void WriteRevisionId(const persistence::MachineRevision& machine,
                     const runtime::MachineSettings& settings, JsonObject* answer);
// The members that DescribeStateMachine and DescribeStateMachineForExecution share, but for the ARN.
// `has_data` is false for METADATA_ONLY, which hides what a customer's key encrypts.
void WriteMachine(const service::MachineDescription& machine, bool has_data, JsonObject* answer);

}  // namespace pawl::api::aws_json
