// State machines as the API's answers show them.
#pragma once

#include <string>

#include "engine/api/aws/json_writer.h"
#include "engine/aws/arn.h"
#include "persistence/types.h"

namespace pawl::api::aws_json {

std::string ArnOf(const persistence::MachineRevision& machine, const aws::ArnContext& arns);

// The id of a revision, a UUID; "" for a machine that has never been updated, as AWS has it.
std::string RevisionIdOf(const persistence::MachineRevision& machine);

// The members that DescribeStateMachine and DescribeStateMachineForExecution share.
void WriteMachine(const persistence::MachineRevision& machine, const aws::ArnContext& arns,
                  JsonObject* answer);

}  // namespace pawl::api::aws_json
