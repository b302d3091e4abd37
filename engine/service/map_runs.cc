#include "engine/service/map_runs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/service/executions.h"
#include "engine/service/limits.h"

namespace pawl::service {
namespace {

constexpr int64_t kMaxConcurrency = 10'000;  // AWS's

absl::Status NoMapRun(const std::string& arn) {
  return aws::MakeError(aws::Error::kResourceNotFound,
                        absl::StrCat("Map Run Does Not Exist: '", arn, "'"));
}

MapRun Of(const runtime::ExecutionView& parent, const runtime::MapRunView& run,
          const std::string& region) {
  return MapRun{run, parent.arn, aws::MachineArn({region, parent.row.ns}, parent.row.machine)};
}

absl::StatusOr<MapRun> Find(const absl::StatusOr<runtime::ExecutionView>& parent,
                            const std::string& arn, int64_t ordinal, const std::string& region) {
  if (absl::IsNotFound(parent.status())) return NoMapRun(arn);
  if (!parent.ok()) return parent.status();
  for (const runtime::MapRunView& run : parent->map_runs) {
    if (run.summary.ordinal == ordinal && run.arn == arn) return Of(*parent, run, region);
  }
  return NoMapRun(arn);
}

absl::StatusOr<core::UpdateMapRun> CommandOf(const MapRunChange& change, int64_t ordinal) {
  const auto refuse = [](const char* message) {
    return aws::MakeError(aws::Error::kValidation, message);
  };
  core::UpdateMapRun command;
  command.map_run = ordinal;
  if (change.max_concurrency.has_value()) {
    if (*change.max_concurrency < 0 || *change.max_concurrency > kMaxConcurrency) {
      return refuse("max_concurrency must be between 0 and 10,000");
    }
    command.max_concurrency = change.max_concurrency;
  }
  if (change.tolerated_count.has_value()) {
    if (*change.tolerated_count < 0) return refuse("tolerated_failure_count must not be negative");
    command.tolerated_count = change.tolerated_count;
  }
  if (change.tolerated_percentage.has_value()) {
    const double percentage = *change.tolerated_percentage;
    if (!(percentage >= 0 && percentage <= 100)) {
      return refuse("tolerated_failure_percentage must be between 0 and 100");
    }
    command.tolerated_percentage = percentage;
  }
  return command;
}

persistence::ExecutionRef ParentOf(const aws::MapRunRef& ref) {
  return {persistence::Slot(ref.run.slot), static_cast<int64_t>(ref.run.execution_id)};
}

}  // namespace

absl::StatusOr<aws::MapRunRef> MapRuns::Parse(const CallContext& context,
                                              absl::string_view operation,
                                              const std::string& arn) const {
  absl::Status status = CheckLength("mapRunArn", arn, kMaxArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, operation, arn);
  if (!status.ok()) return status;
  return aws::ParseMapRun(deps_.arns(context), arn);
}

void MapRuns::Describe(const CallContext& context, const std::string& arn, Done<MapRun> done) {
  const auto id = Parse(context, "DescribeMapRun", arn);
  if (!id.ok()) return done(id.status());
  deps_.node->View(
      ParentOf(*id), {.map_runs = true},
      [arn, ordinal = id->run.ordinal, region = deps_.node->options().region,
       done = std::move(done)](const absl::StatusOr<runtime::ExecutionView>& parent) mutable {
        done(Find(parent, arn, ordinal, region));
      });
}

void MapRuns::List(const CallContext& context, const std::string& execution,
                   Done<std::vector<MapRun>> done) {
  FindExecution(deps_, context, "ListMapRuns", execution,
                [node = deps_.node,
                 done = std::move(done)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
                  if (!ref.ok()) return done(ref.status());
                  node->View(*ref, {.map_runs = true},
                             [region = node->options().region, done = std::move(done)](
                                 const absl::StatusOr<runtime::ExecutionView>& parent) mutable {
                               if (!parent.ok()) return done(parent.status());
                               std::vector<MapRun> runs;
                               for (const runtime::MapRunView& run : parent->map_runs) {
                                 runs.push_back(Of(*parent, run, region));
                               }
                               done(std::move(runs));
                             });
                });
}

void MapRuns::Update(const CallContext& context, const std::string& arn, const MapRunChange& change,
                     Done<Empty> done) {
  const auto id = Parse(context, "UpdateMapRun", arn);
  if (!id.ok()) return done(id.status());
  absl::StatusOr<core::UpdateMapRun> command = CommandOf(change, id->run.ordinal);
  if (!command.ok()) return done(command.status());
  // Looked up first: the UUID alone would reach into other machines and namespaces.
  deps_.node->View(
      ParentOf(*id), {.map_runs = true},
      [node = deps_.node, id = *id, arn, command = *std::move(command),
       done = std::move(done)](const absl::StatusOr<runtime::ExecutionView>& parent) mutable {
        const absl::StatusOr<MapRun> run =
            Find(parent, arn, id.run.ordinal, node->options().region);
        if (!run.ok()) return done(run.status());
        node->UpdateMapRun(
            ParentOf(id), command,
            [arn,
             done = std::move(done)](const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
              if (!outcome.ok()) return done(outcome.status());
              if (*outcome == core::CommandOutcome::kApplied) return done(Empty());
              done(aws::MakeError(
                  aws::Error::kMapRunCompleted,
                  absl::StrCat("the Map Run has ended and cannot be changed: '", arn, "'")));
            });
      });
}

}  // namespace pawl::service
