// Distributed Map: a Map Run from its beginning to its end. See map_run.h.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/execution_record.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/core/interpreter.h"
#include "engine/expr/timestamp.h"
#include "engine/value/json.h"

namespace pawl::core {
namespace {

// So that one row of the history stays small however much may start at once.
constexpr int64_t kMaxChildrenPerEvent = 500;
constexpr size_t kMaxInputBytesPerEvent = size_t{1024} * 1024;

const asl::DistributedMap& MapOf(const asl::State& state) {
  return *state.As<asl::MapFields>().distributed;
}

const char* KindText(const asl::ItemReader& reader) {
  if (reader.source == asl::ItemReader::Source::kList) {
    return reader.flattens_list ? "FLATTENED_LIST" : "LIST";
  }
  switch (reader.manifest) {
    case asl::ItemReader::Manifest::kNot:
      return "OBJECT";
    case asl::ItemReader::Manifest::kInventory:
      return "INVENTORY";
    case asl::ItemReader::Manifest::kAthena:
      return "ATHENA";
  }
  return "";
}

const char* FormatText(asl::ItemReader::Format format) {
  switch (format) {
    case asl::ItemReader::Format::kJson:
      return "JSON";
    case asl::ItemReader::Format::kJsonl:
      return "JSONL";
    case asl::ItemReader::Format::kCsv:
      return "CSV";
  }
  return "";
}

// What the runtime's reader is to do (ItemsToRead::request; engine/runtime/map_io.cc reads it).
Value ReaderRequest(const asl::ItemReader& reader, Value parameters,
                    absl::optional<int64_t> max_items) {
  Value::Elements headers;
  for (const std::string& header : reader.headers) headers.push_back(Value::String(header));
  return Value::Object({{"Kind", Value::String(KindText(reader))},
                        {"Format", Value::String(FormatText(reader.format))},
                        {"Parameters", std::move(parameters)},
                        {"HasHeaderRow", Value::Bool(reader.has_header_row)},
                        {"Headers", Value::Array(std::move(headers))},
                        {"Delimiter", Value::String(std::string(1, reader.delimiter))},
                        {"ItemsPointer", Value::String(reader.items_pointer)},
                        {"MaxItems", Value::Int(max_items.value_or(0))}});
}

// A ResultWriter without a destination may ask for more of each child than its output.
bool KeepsRecords(const asl::DistributedMap& map) {
  return map.writer.has_value() && map.writer->parameters == nullptr &&
         map.writer->transformation == asl::ResultWriter::Transformation::kAsIs;
}

// As in the files of a ResultWriter.
Value ChildRecord(const Execution& execution, const MapRun& run, const ChildEnded& command,
                  absl::Time now) {
  const ExecutionHeader& header = execution.header();
  const std::string name =
      aws::MapRunUuid(aws::MapRunId{header.slot, header.id, run.ordinal, command.index});
  const std::string machine = MapChildMachine(execution, run.label);
  const std::string prefix =
      header.machine_arn.substr(0, header.machine_arn.find(":stateMachine:"));
  aws::ExecutionRecord record;
  record.arn = absl::StrCat(prefix, ":execution:", machine, ":", name);
  record.name = name;
  record.machine_arn = absl::StrCat(prefix, ":stateMachine:", machine);
  record.status = std::string(StatusName(command.status));
  record.input = run.running.at(command.index).input;
  record.output = command.output;
  record.error = command.error;
  record.cause = command.cause;
  record.start = command.started_at;
  record.stop = now;
  return aws::ToValue(record, aws::RecordStyle::kFile);
}

}  // namespace

OrFailure<Value> Interpreter::MapRunConfig(const Frame& frame, const asl::State& state,
                                           const Value& input) {
  const asl::DistributedMap& map = MapOf(state);
  Value::Members config;
  if (map.reader.has_value()) {
    OrFailure<absl::optional<int64_t>> max_items =
        EvaluateInteger(frame, map.reader->max_items, input);
    if (!max_items.ok()) return max_items.failure();
    if (max_items->value_or(0) < 0) {
      return Failure{"States.ItemReaderFailed", "field MaxItems must be positive"};
    }
    Value parameters = Value::EmptyObject();
    if (map.reader->parameters != nullptr) {
      OrFailure<Value> value = Evaluate(
          *map.reader->parameters, Env(frame, input, map.reader->parameters.get()), "ItemReader");
      if (!value.ok()) return value;
      parameters = *std::move(value);
    }
    config.emplace_back("Reader", ReaderRequest(*map.reader, std::move(parameters), *max_items));
  }
  if (map.batcher.has_value()) {
    const std::pair<const char*, const asl::NumberField*> limits[] = {
        {"MaxItemsPerBatch", &map.batcher->max_items},
        {"MaxInputBytesPerBatch", &map.batcher->max_bytes}};
    for (const auto& [name, field] : limits) {
      OrFailure<absl::optional<int64_t>> limit = EvaluateNumber(frame, *field, input);
      if (!limit.ok()) return limit.failure();
      config.emplace_back(name, Value::Int(limit->value_or(0)));
    }
    if (map.batcher->batch_input != nullptr) {
      OrFailure<Value> value =
          Evaluate(*map.batcher->batch_input, Env(frame, input, map.batcher->batch_input.get()),
                   "ItemBatcher");
      if (!value.ok()) return value;
      config.emplace_back("BatchInput", *std::move(value));
    }
  }
  if (map.writer.has_value() && map.writer->parameters != nullptr) {
    OrFailure<Value> value = Evaluate(
        *map.writer->parameters, Env(frame, input, map.writer->parameters.get()), "ResultWriter");
    if (!value.ok()) return value;
    config.emplace_back("Writer", *std::move(value));
  }
  config.emplace_back("MaxResultBytes",
                      Value::Int(static_cast<int64_t>(world_.limits.max_payload_bytes)));
  return Value::Object(std::move(config));
}

void Interpreter::StartMapRun(FrameId id, const asl::State& state, const Value& input) {
  const Frame& frame = Get(id);
  const auto& map = state.As<asl::MapFields>();
  OrFailure<absl::optional<int64_t>> count =
      EvaluateNumber(frame, map.tolerated_failure_count, input);
  if (!count.ok()) return FailEvaluation(id, count.failure());
  OrFailure<absl::optional<double>> percentage =
      EvaluatePercent(frame, map.tolerated_failure_percentage, input);
  if (!percentage.ok()) return FailEvaluation(id, percentage.failure());
  if (world_.inspection != nullptr) {
    world_.inspection->tolerated_failure_count = *count;
    world_.inspection->tolerated_failure_percentage = *percentage;
  }
  OrFailure<Value> config = MapRunConfig(frame, state, input);
  const bool is_reader_failure =
      !config.ok() && config.failure().error == "States.ItemReaderFailed";
  if (!config.ok() && !is_reader_failure) return FailEvaluation(id, config.failure());

  MapRunStarted started;
  started.map_run_arn = MapRunArn(e_, map.distributed->label, e_.next_map_run());
  started.state = state.name;
  started.config = Payload::FromValue(config.ok() ? *config : Value::EmptyObject());
  started.limits =
      MapRunLimits{frame.fan_out->max_concurrency, count->value_or(0), percentage->value_or(0)};
  Emit(Make(EventType::kMapRunStarted, frame, std::move(started)));
  if (is_reader_failure) return FailMapRun(id, config.failure());
  AdvanceMapRun(id);
}

void Interpreter::AdvanceMapRun(FrameId id) {
  if (!RedriveChildren(id)) return;
  for (;;) {
    const Frame& frame = Get(id);
    const MapRun& run = *frame.map_run;
    Value::Elements inputs;
    std::vector<int64_t> item_counts;
    if (!NextChildren(id, &inputs, &item_counts)) return;
    if (inputs.empty()) break;
    MapChildrenStarted started;
    started.state = StateOf(frame).name;
    started.first_index = run.next_child;
    started.inputs = Payload::FromValue(Value::Array(std::move(inputs)));
    started.item_counts = std::move(item_counts);
    // Whether more could start at once is not known yet; the next transition finds out.
    CountBytes(started.inputs);
    const bool has_more = !HasBudget() && !IsMocked();
    started.has_more = has_more;
    Emit(Make(EventType::kMapChildrenStarted, frame, std::move(started)), kNoEvent);
    if (has_more) return;
  }
  const MapRun& run = *Get(id).map_run;
  const bool is_started = run.is_exhausted && run.ItemsWaiting() == 0;
  if (is_started && IsMocked()) return AnswerByMock(id);
  const bool is_done = is_started && run.running.empty();
  if (is_done && !run.has_writer) CompleteMapRun(id, absl::nullopt);
}

int64_t Interpreter::ChildRoom(const MapRun& run) const {
  int64_t limit = world_.limits.max_map_concurrency;
  if (run.limits.max_concurrency > 0) limit = std::min(limit, run.limits.max_concurrency);
  // The inputs of all children are made, none of which runs.
  if (IsMocked()) limit = std::numeric_limits<int64_t>::max();
  return limit - static_cast<int64_t>(run.running.size());
}

bool Interpreter::NextChildren(FrameId id, Value::Elements* inputs,
                               std::vector<int64_t>* item_counts) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  const MapRun& run = *frame.map_run;
  const int64_t limit = std::min(ChildRoom(run), kMaxChildrenPerEvent);
  int64_t at = run.next_item;
  int64_t index = run.items_taken;
  const int64_t end = run.next_item + run.ItemsWaiting();
  size_t bytes = 0;
  const auto has_room = [&] {
    return run.running_bytes + bytes < world_.limits.max_map_bytes ||
           (run.running.empty() && inputs->empty()) || IsMocked();
  };
  while (static_cast<int64_t>(inputs->size()) < limit && at < end &&
         bytes < kMaxInputBytesPerEvent && has_room()) {
    // Expensive items: the rest follows when one of those that run ends.
    const bool has_some = !inputs->empty() || !run.running.empty();
    if (has_some && meter_.is_transition_spent() && !IsMocked()) break;
    Value::Elements batch;
    size_t batch_bytes = 0;
    bool is_full = !run.is_batched;
    for (int64_t i = at; i < end; ++i) {
      const Value& item = run.items.value().AsArray()[static_cast<size_t>(i)];
      OrFailure<Value> input = ItemInput(frame, state, item, index + (i - at));
      if (!input.ok()) {
        FailEvaluation(id, input.failure());
        return false;
      }
      meter_.ChargeTransition(input->weight() / 8);
      const Payload child_input = Payload::FromValue(*input);
      if (IsOversize(child_input)) {
        FailOversizeInput(id);
        return false;
      }
      const size_t size = child_input.size_bytes() + 1;
      if (run.batch_bytes > 0 && batch_bytes + size > static_cast<size_t>(run.batch_bytes)) {
        is_full = true;
        if (!batch.empty()) break;
        FailMapRun(id, Failure{"States.DataLimitExceeded",
                               "An item is larger than MaxInputBytesPerBatch."});
        return false;
      }
      batch_bytes += size;
      batch.push_back(*std::move(input));
      if (!run.is_batched) break;
      if (run.batch_items > 0 && static_cast<int64_t>(batch.size()) >= run.batch_items) {
        is_full = true;
        break;
      }
    }
    // The rest of a batch may still be on its way.
    if (!is_full && !run.is_exhausted) break;
    const auto count = static_cast<int64_t>(batch.size());
    at += count;
    index += count;
    bytes += batch_bytes;
    item_counts->push_back(count);
    if (!run.is_batched) {
      inputs->push_back(std::move(batch[0]));
      continue;
    }
    Value::Members input;
    if (const Value* batch_input = run.config.value().Find("BatchInput")) {
      input.emplace_back("BatchInput", *batch_input);
    }
    input.emplace_back("Items", Value::Array(std::move(batch)));
    inputs->push_back(Value::Object(std::move(input)));
  }
  return true;
}

// AWS guide, "Setting failure thresholds": whichever is exceeded first. The percentage is known
// once all items are.
bool Interpreter::ExceedsTolerance(const MapRun& run) const {
  const int64_t failed = run.FailedItems();
  if (failed == 0) return false;
  const bool has_percentage = run.limits.tolerated_percentage > 0;
  const bool has_count = run.limits.tolerated_count > 0;
  if (has_count && failed > run.limits.tolerated_count) return true;
  if (has_percentage) {
    return run.is_exhausted &&
           static_cast<double>(failed) * 100 >
               run.limits.tolerated_percentage * static_cast<double>(run.TotalItems());
  }
  return !has_count;
}

Failure Interpreter::ToleranceExceeded() {
  return Failure{"States.ExceedToleratedFailureThreshold",
                 "The specified tolerated failure threshold was exceeded"};
}

void Interpreter::FailMapRun(FrameId id, const Failure& failure) {
  StateFailure result;
  result.error = failure.error;
  result.cause = failure.cause;
  FailState(id, result);
}

CommandOutcome Interpreter::TakeItems(const ItemsRead& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr || frame->map_run->is_exhausted ||
      frame->map_run->cursor != command.from_cursor) {
    return CommandOutcome::kStale;
  }
  const FrameId id = frame->id;
  MapItemsRead read{StateOf(*frame).name, command.items, command.cursor, command.is_keyed,
                    command.is_last};
  Emit(Make(EventType::kMapItemsRead, *frame, std::move(read)), kNoEvent);
  AdvanceMapRun(id);
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::FailRead(const ItemsFailed& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr) return CommandOutcome::kStale;
  FailMapRun(frame->id, command.failure);
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::EndChild(const ChildEnded& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr || frame->map_run->running.count(command.index) == 0 ||
      frame->map_run->redrive_count != command.map_run_redrive) {
    return CommandOutcome::kStale;
  }
  const FrameId id = frame->id;
  MapChildEnded ended{{command.error, command.cause}};
  ended.state = StateOf(*frame).name;
  ended.index = command.index;
  ended.status = command.status;
  ended.started_at = command.started_at;
  ended.output = command.output;
  ended.is_not_redrivable = command.is_not_redrivable;
  if (KeepsRecords(MapOf(StateOf(*frame)))) {
    ended.record = Payload::FromValue(ChildRecord(e_, *frame->map_run, command, Now()));
  }
  Emit(Make(EventType::kMapChildEnded, *frame, std::move(ended)), kNoEvent);
  if (ExceedsTolerance(*Get(id).map_run)) {
    FailMapRun(id, ToleranceExceeded());
  } else {
    map_runs_to_advance_.insert(command.map_run);
  }
  return CommandOutcome::kApplied;
}

// Once for all children whose ends are decided together.
void Interpreter::AdvanceMapRuns() {
  for (const int64_t ordinal : std::exchange(map_runs_to_advance_, {})) {
    if (const Frame* frame = e_.FindMapRun(ordinal)) AdvanceMapRun(frame->id);
  }
}

CommandOutcome Interpreter::FinishWriting(const ResultsWritten& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr) return CommandOutcome::kStale;
  if (command.failure.has_value()) {
    FailMapRun(frame->id, *command.failure);
  } else {
    CompleteMapRun(frame->id, command.details);
  }
  return CommandOutcome::kApplied;
}

CommandOutcome Interpreter::Update(const UpdateMapRun& command) {
  const Frame* frame = e_.FindMapRun(command.map_run);
  if (frame == nullptr) return CommandOutcome::kStale;
  const FrameId id = frame->id;
  const MapRun& run = *frame->map_run;
  MapRunLimits limits = run.limits;
  limits.max_concurrency = command.max_concurrency.value_or(limits.max_concurrency);
  limits.tolerated_count = command.tolerated_count.value_or(limits.tolerated_count);
  limits.tolerated_percentage = command.tolerated_percentage.value_or(limits.tolerated_percentage);
  Emit(Make(EventType::kMapRunUpdated, *frame, MapRunUpdated{StateOf(*frame).name, limits}),
       kNoEvent);
  AdvanceMapRun(id);
  return CommandOutcome::kApplied;
}

void Interpreter::CompleteMapRun(FrameId id, absl::optional<Value> writer_details) {
  const Frame& frame = Get(id);
  const MapRun& run = *frame.map_run;
  Value result;
  if (writer_details.has_value()) {
    const std::string arn = MapRunArn(e_, run.label, run.ordinal);
    result = Value::Object(
        {{"MapRunArn", Value::String(arn)}, {"ResultWriterDetails", *std::move(writer_details)}});
  } else if (run.HasTooLargeResults()) {
    return FailOversizeOutput(id);
  } else {
    const absl::optional<asl::ResultWriter>& writer = MapOf(StateOf(frame)).writer;
    const bool flattens =
        writer.has_value() && writer->transformation == asl::ResultWriter::Transformation::kFlatten;
    Value::Elements results;
    for (const Payload& payload : run.results) {
      if (!payload) continue;
      const Value& value = payload.value();
      if (flattens && value.is_array()) {
        results.insert(results.end(), value.AsArray().begin(), value.AsArray().end());
      } else {
        results.push_back(value);
      }
    }
    result = Value::Array(std::move(results));
  }
  // By AWS's record what follows the two events refers to what preceded them.
  const EventId succeeded = Emit(Make(EventType::kMapRunSucceeded, frame, MapRunSucceeded()));
  Emit(Make(EventType::kMapStateSucceeded, Get(id), FanOutSucceeded()), succeeded);
  LeaveWithResult(id, Payload::FromValue(std::move(result)));
}

}  // namespace pawl::core
