#include "tests/bench/bare_store.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/open_store.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {

absl::StatusOr<BareCost> MeasureBareStore(const std::string& url, pid_t server_pid, int rows,
                                          int bytes, int batches) {
  std::vector<std::string> warnings;
  auto store = OpenStore(url, /*ranges=*/0, &warnings);
  if (!store.ok()) return store.status();
  const persistence::SlotRange all;
  auto range = (*store)->TakeRange(all, {"bench", "", absl::Minutes(10)});
  if (!range.ok()) return range.status();
  const auto cpu = [&] {
    return server_pid > 0 ? testing::CpuSecondsOfFamily(server_pid) : testing::CpuSeconds(getpid());
  };
  double began_cpu = 0;
  absl::Time began;
  // The first batches warm caches and statements up.
  const int warm_up = 5;
  for (int b = 0; b < batches + warm_up; ++b) {
    if (b == warm_up) {
      began_cpu = cpu();
      began = absl::Now();
    }
    persistence::CommitBatch batch;
    batch.range = all;
    batch.epoch = range->epoch;
    batch.batch_seq = range->batch_seq + b + 1;
    for (int i = 0; i < rows; ++i) {
      persistence::HistoryRow row;
      row.ref = {persistence::Slot((i * 37) % persistence::kSlotCount),
                 range->epoch << 32 | (i + 1)};
      row.sequence = b + 1;
      row.first_event = b * 4 + 1;
      row.event_count = 4;
      row.record.assign(static_cast<size_t>(bytes), static_cast<char>('a' + i % 26));
      batch.history.push_back(std::move(row));
    }
    const persistence::CommitOutcome outcome = (*store)->Commit(batch);
    if (outcome.kind != persistence::CommitOutcome::Kind::kCommitted) {
      return absl::InternalError(absl::StrCat("a bare commit failed: ", outcome.message));
    }
  }
  BareCost cost;
  const double total = static_cast<double>(rows) * batches;
  cost.store_cpu_us_per_row = (cpu() - began_cpu) * 1e6 / total;
  cost.rows_per_second = total / absl::ToDoubleSeconds(absl::Now() - began);
  if (absl::Status status = (*store)->ReleaseRange(all, range->epoch); !status.ok()) return status;
  return cost;
}

}  // namespace pawl::bench
