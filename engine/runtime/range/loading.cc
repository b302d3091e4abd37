#include "engine/runtime/range/loading.h"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"

namespace pawl::runtime {
namespace {

std::string Describe(const persistence::ExecutionRow& row) {
  return absl::StrCat("execution ", row.machine, "/", row.name, " (slot ", row.ref.slot.value(),
                      ", id ", row.ref.id, ")");
}

absl::Status FoldRecord(absl::string_view record, core::Execution* state) {
  absl::StatusOr<std::vector<core::Event>> events = core::DecodeTransition(record);
  if (!events.ok()) return events.status();
  for (const core::Event& event : *events) {
    if (absl::Status status = core::EvolveStored(state, event); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

core::ExecutionHeader MakeHeader(const aws::ArnContext& arns, const persistence::ExecutionRow& row,
                                 const persistence::MachineRevision& machine) {
  const aws::ArnContext context{arns.region, row.ns};
  core::ExecutionHeader header;
  header.arn = aws::ExecutionArn(context, row.machine, row.name);
  header.name = row.name;
  header.machine_arn = aws::MachineArn(context, row.machine);
  header.machine_name = row.machine;
  header.role_arn = machine.role_arn;
  header.start_time = row.start_time;
  header.slot = static_cast<uint32_t>(row.ref.slot.value());
  header.id = static_cast<uint64_t>(row.ref.id);
  if (machine.type == "EXPRESS") {
    // AWS: names of EXPRESS executions need not be unique, so the ARN ends in something that is.
    header.arn = aws::ExpressArn(context, row.machine, row.name);
    header.name = row.name.substr(0, row.name.find(':'));
  }
  return header;
}

absl::StatusOr<std::unique_ptr<LiveExecution>> Load(const aws::ArnContext& arns,
                                                    MachineCache* machines,
                                                    persistence::Store* store,
                                                    const persistence::ExecutionRow& row,
                                                    const persistence::StoredHistory& history,
                                                    bool verify_replay) {
  if (!row.damage.empty()) {
    return absl::DataLossError(absl::StrCat(Describe(row), ": ", row.damage));
  }
  if (!history.status.ok()) {
    return absl::DataLossError(
        absl::StrCat(Describe(row), ": ", std::string(history.status.message())));
  }
  absl::StatusOr<MachinePtr> machine =
      machines->GetRevision(store, row.ns, row.machine, row.revision);
  if (absl::IsNotFound(machine.status())) {
    return absl::DataLossError(absl::StrCat(Describe(row),
                                            ": its definition is not there (revision ",
                                            row.revision, " of ", row.machine, ")"));
  }
  if (!machine.ok()) return machine.status();
  auto live =
      std::make_unique<LiveExecution>(row, *machine, MakeHeader(arns, row, (*machine)->info));
  if (history.checkpoint.has_value()) {
    const absl::Status status = core::RestoreCheckpoint(history.checkpoint->state, &live->state);
    if (!status.ok())
      return absl::DataLossError(absl::StrCat(Describe(row), ": ", std::string(status.message())));
    live->sequence = history.checkpoint->sequence;
    live->has_checkpoint = true;
    if (verify_replay) live->verify_checkpoint = history.checkpoint->state;
  }
  for (const persistence::HistoryRow& stored : history.rows) {
    if (stored.sequence != live->sequence + 1) {
      return absl::DataLossError(
          absl::StrCat(Describe(row), ": its history has no transition ", live->sequence + 1));
    }
    const absl::Status status = FoldRecord(stored.record, &live->state);
    if (!status.ok())
      return absl::DataLossError(absl::StrCat(Describe(row), ": ", std::string(status.message())));
    live->sequence = stored.sequence;
    live->events_since_checkpoint += stored.event_count;
    live->bytes_since_checkpoint += stored.record.size();
    if (verify_replay) live->verify_records.push_back(stored.record);
  }
  if ((*machine)->info.type == "EXPRESS") live->recording = Recording::kStart;
  if (live->sequence == 0)
    return absl::DataLossError(absl::StrCat(Describe(row), " has no history"));
  if (const absl::Status status = core::CheckFolded(live->state); !status.ok()) {
    return absl::DataLossError(absl::StrCat(Describe(row), ": ", std::string(status.message())));
  }
  const bool is_open = row.status == persistence::Status::kRunning;
  if (live->recording == Recording::kAll && is_open == live->state.is_closed()) {
    return absl::DataLossError(
        absl::StrCat(Describe(row), is_open ? ": its history has ended and its row has not"
                                            : ": its row has ended and its history has not"));
  }
  live->state.AddBytes(0);
  return live;
}

absl::StatusOr<std::unique_ptr<LiveExecution>> ReadAndLoad(const aws::ArnContext& arns,
                                                           MachineCache* machines,
                                                           persistence::Store* store,
                                                           persistence::ExecutionRef ref,
                                                           bool verify_replay) {
  absl::StatusOr<persistence::ExecutionRow> row = store->GetExecution(ref);
  if (!row.ok()) return row.status();
  absl::StatusOr<std::vector<persistence::StoredHistory>> histories =
      store->LoadHistories({ref}, std::numeric_limits<size_t>::max());
  if (!histories.ok()) return histories.status();
  if (histories->empty())
    return absl::DataLossError(absl::StrCat(Describe(*row), " has no history"));
  return Load(arns, machines, store, *row, histories->front(), verify_replay);
}

void VerifyReplay(const LiveExecution& live) {
  core::Execution replayed(live.state.header(), live.machine->machine);
  absl::Status status;
  if (!live.verify_checkpoint.empty()) {
    status = core::RestoreCheckpoint(live.verify_checkpoint, &replayed);
  }
  for (const std::string& record : live.verify_records) {
    if (status.ok()) status = FoldRecord(record, &replayed);
  }
  if (status.ok() && core::CanonicalState(replayed) == core::CanonicalState(live.state)) return;
  std::fprintf(
      stderr, "%s: a fold of its history is not its live state (after transition %lld): %s\n",
      Describe(live.row).c_str(), static_cast<long long>(live.sequence), status.ToString().c_str());
  std::abort();
}

}  // namespace pawl::runtime
