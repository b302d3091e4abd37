// Between the API's messages and the engine's types. Internal to engine/api.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/asl/diagnostic.h"
#include "engine/aws/arn.h"
#include "engine/runtime/range/execution_view.h"
#include "engine/runtime/range/open_states.h"
#include "engine/runtime/tasks/task_queues.h"
#include "engine/service/map_runs.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "pawl/v1/executions.pb.h"
#include "pawl/v1/machines.pb.h"
#include "pawl/v1/workers.pb.h"

namespace pawl::api {

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);
google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);

void ToProto(const asl::Diagnostic& diagnostic, v1::Diagnostic* out);
void ToProto(const persistence::MachineRevision& revision, const aws::ArnContext& arns,
             v1::StateMachine* out);
void ToProto(const persistence::ExecutionRow& row, const aws::ArnContext& arns, v1::Execution* out);
void ToProto(const runtime::ExecutionView& view, const aws::ArnContext& arns, v1::Execution* out);
void ToProto(const runtime::OpenState& state, v1::OpenState* out);
void ToProto(const runtime::QueuedTask& task, v1::Task* out);
void ToProto(const service::MapRun& map_run, v1::MapRun* out);

}  // namespace pawl::api
