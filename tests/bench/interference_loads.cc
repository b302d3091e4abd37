// The loads of the interference bench: what goes on beside the probes.
#include "tests/bench/interference_loads.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/open_store.h"
#include "tests/bench/load.h"

namespace pawl::bench {
namespace {

constexpr Machine kMachines[] = {
    {"probe", kProbeMachine},
    {"fib", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
        "A":{"Type":"Pass","Output":"{% ($f := function($n){$n < 2 ? $n : $f($n-1)+$f($n-2)}; $f(23)) %}","Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input < 0 %}","Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})J"},
    {"match", R"({"StartAt":"A","States":{
        "A":{"Type":"Choice","Choices":[{"Variable":"$.t","StringMatches":"*a*a*a*a*a*a*a*a*b","Next":"C"}],"Default":"W"},
        "W":{"Type":"Pass","Next":"A2"},
        "A2":{"Type":"Choice","Choices":[{"Variable":"$.t","StringMatches":"*a*a*a*a*b","Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})"},
    {"large", kLargeMachine},
    {"spin", R"({"StartAt":"A","States":{
        "A":{"Type":"Pass","Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})"},
    {"nap",
     R"({"StartAt":"W","States":{"W":{"Type":"Wait","TimestampPath":"$.until","End":true}}})"},
    {"long", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
        "A":{"Type":"Pass","Output":"{% {'n': $states.input.n + 1, 't': $states.input.t} %}","Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n >= 5000 %}","Next":"C"}],"Default":"A"},
        "C":{"Type":"Wait","Seconds":86400,"End":true}}})J"},
    {"export",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","Label":"items","MaxConcurrency":100,
        "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},
          "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},
        "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"out","Prefix":"r"}},
        "ResultPath":null,"Next":"M2"},
      "M2":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"M"},
      "C":{"Type":"Succeed"}}})"},
};

// Closed executions that stand in a store before the engine opens it, so that listings have
// something to look through.
absl::Status FillWithClosed(const std::string& url, int rows) {
  std::vector<std::string> warnings;
  auto store = OpenStore(url, /*ranges=*/1, &warnings);
  if (!store.ok()) return store.status();
  const persistence::SlotRange all;
  auto range = (*store)->TakeRange(all, {"bench", "", absl::Hours(1)});
  if (!range.ok()) return range.status();
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  int64_t batch_seq = range->batch_seq;
  for (int done = 0; done < rows;) {
    persistence::CommitBatch batch;
    batch.range = all;
    batch.epoch = range->epoch;
    batch.batch_seq = ++batch_seq;
    for (int i = 0; i < 5'000 && done < rows; ++i, ++done) {
      persistence::ExecutionRow row;
      row.ref = {persistence::Slot(done % persistence::kSlotCount),
                 range->epoch << 32 | (done + 1)};
      row.ns = "000000000000";
      row.machine = "probe";
      row.name = absl::StrCat("old-", done);
      row.revision = 1;
      row.start_time = now - absl::Seconds(rows - done);
      row.status = persistence::Status::kSucceeded;
      row.stop_time = row.start_time + absl::Seconds(1);
      batch.starts.push_back(std::move(row));
    }
    const persistence::CommitOutcome outcome = (*store)->Commit(batch);
    if (outcome.kind != persistence::CommitOutcome::Kind::kCommitted) {
      return absl::InternalError(absl::StrCat("filling the store: ", outcome.message));
    }
  }
  return (*store)->ReleaseRange(all, range->epoch);
}

// A stream of everything that has happened, `frames` of it read and then no more.
void Follow(v1::Executions::Stub* stub, const std::string& execution, int frames,
            const std::atomic<bool>& is_over) {
  grpc::ClientContext context;
  v1::ExecutionsFollowHistoryRequest request;
  request.set_execution(execution);
  auto reader = stub->FollowHistory(&context, request);
  v1::ExecutionsFollowHistoryResponse response;
  for (int i = 0; i < frames && !is_over && reader->Read(&response); ++i) {
  }
  while (frames == 0 && !is_over) absl::SleepFor(absl::Milliseconds(50));
  context.TryCancel();
  reader->Finish();
}

// Somebody else's processes: what any small piece of work notices of busy processors.
void Spin(const std::atomic<bool>& is_over) {
  volatile uint64_t n = 0;
  while (!is_over) n = n + 1;
}

// What 5,000 rounds of 40 KB leave: a history of 200 MB.
std::string LongInput() {
  return absl::StrCat("{\"n\":0,\"t\":\"", std::string(40'000, 'a'), "\"}");
}

absl::Status Starts(const LoadSetup& setup, const std::string& machine, int count,
                    const std::string& input) {
  for (int i = 0; i < count; ++i) {
    const auto started = setup.client->Start(machine, absl::StrCat(machine, "-", i), input);
    if (!started.ok()) return started.status();
  }
  return absl::OkStatus();
}

// An execution whose history has grown to its full length.
absl::Status MakeLongHistory(const LoadSetup& setup) {
  constexpr int64_t kEvents = 20'000;
  if (absl::Status status = Starts(setup, "long", 1, LongInput()); !status.ok()) return status;
  for (;;) {
    const auto info = setup.client->Describe("long/long-0");
    if (!info.ok()) return info.status();
    if (info->history_events >= kEvents) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(100));
  }
}

// Executions that all wait for the same moment.
absl::Status Nap(const LoadSetup& setup, int count, absl::Duration from_now) {
  LoadOptions naps;
  naps.address = setup.address;
  naps.http_port = setup.http_port;
  naps.machine = "nap";
  naps.prefix = "nap";
  naps.input = absl::StrCat(
      "{\"until\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now() + from_now, absl::UTCTimeZone()), "\"}");
  naps.executions = naps.open_executions = count;
  naps.waits_for_end = false;
  return RunLoad(naps).status();
}

}  // namespace

absl::Span<const Machine> InterferenceMachines() { return kMachines; }

std::vector<Load> InterferenceLoads(int rows) {
  const auto starts = [](const char* machine, int count, const std::string& input) {
    return [machine, count, input](const LoadSetup& setup) {
      return Starts(setup, machine, count, input);
    };
  };
  std::vector<Load> loads = {
      {.name = "nothing"},
      {.name = "two processes that are not ours and never rest",
       .threads = 2,
       .is_elsewhere = false,
       .again = [](const LoadSetup&, v1::Executions::Stub*, int64_t,
                   const std::atomic<bool>& is_over) { Spin(is_over); }},
      {.name = "20 loops of JSONata fib(23)", .prepare = starts("fib", 20, "{}")},
      {.name = "20 loops of StringMatches on 900 KB",
       .prepare = starts("match", 20, TextInput(900'000))},
      {.name = "20 loops of Pass states", .prepare = starts("spin", 20, "{}")},
      {.name = "starts with 900 KB, two at a time",
       .threads = 2,
       .again =
           [](const LoadSetup& setup, v1::Executions::Stub*, int64_t round,
              const std::atomic<bool>&) {
             const std::string name = absl::StrCat("l", absl::ToUnixNanos(absl::Now()), "-", round);
             static_cast<void>(setup.client->Start("large", name, TextInput(900'000)));
           }},
      {.name = "four readers of a history of 200 MB",
       .threads = 4,
       .prepare = starts("large", 100, TextInput(900'000)),
       .again =
           [](const LoadSetup& setup, v1::Executions::Stub*, int64_t round,
              const std::atomic<bool>&) {
             static_cast<void>(setup.client->History(absl::StrCat("large/large-", round % 100)));
           }},
      {.name = "60 followers of a history of 200 MB",
       .threads = 60,
       .prepare = MakeLongHistory,
       .again =
           [](const LoadSetup&, v1::Executions::Stub* stub, int64_t,
              const std::atomic<bool>& is_over) { Follow(stub, "long/long-0", 1'000, is_over); }},
      {.name = "60 followers that never read",
       .threads = 60,
       .prepare = MakeLongHistory,
       .again = [](const LoadSetup&, v1::Executions::Stub* stub, int64_t,
                   const std::atomic<bool>& is_over) { Follow(stub, "long/long-0", 0, is_over); }},
      {.name = absl::StrCat("four listings by status, of ", rows, " rows"),
       .threads = 4,
       .fill = [rows](const std::string& url) { return FillWithClosed(url, rows); },
       .again =
           [](const LoadSetup&, v1::Executions::Stub* stub, int64_t, const std::atomic<bool>&) {
             grpc::ClientContext context;
             v1::ExecutionsListRequest request;
             request.set_status(v1::EXECUTION_STATUS_FAILED);
             request.set_page_size(1'000);
             v1::ExecutionsListResponse response;
             stub->List(&context, request, &response);
           }},
      {.name = "a Map Run of 20,000 items that writes results",
       .prepare =
           [](const LoadSetup& setup) {
             std::string items = "{\"items\":[";
             for (int i = 0; i < 20'000; ++i) absl::StrAppend(&items, i > 0 ? "," : "", i);
             return Starts(setup, "export", 1, items + "]}");
           }},
      {.name = "100,000 timers due in one second",
       .prepare = [](const LoadSetup& setup) { return Nap(setup, 100'000, absl::Seconds(40)); }},
  };
  return loads;
}

}  // namespace pawl::bench
