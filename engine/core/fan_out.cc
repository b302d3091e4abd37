// Parallel and Map.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/expr/message.h"

namespace pawl::core {

void Interpreter::StartFanOut(FrameId id) {
  const asl::State& state = StateOf(Get(id));
  if (state.type == asl::StateType::kParallel) {
    StartParallel(id, state);
  } else {
    StartMap(id, state);
  }
}

void Interpreter::StartParallel(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> branch_input = WithParameters(frame, state, *input);
  if (!branch_input.ok()) return FailEvaluation(id, branch_input.failure());
  if (IsMocked()) return AnswerByMock(id);
  const bool is_raw_input =
      state.parameters == nullptr && state.input_path.kind == asl::PathField::Kind::kAbsent;
  ParallelStarted started{is_raw_input ? frame.input : NewPayload(*std::move(branch_input))};
  if (IsOversize(started.branch_input)) return FailOversizeInput(id);
  Emit(Make(EventType::kParallelStateStarted, frame, std::move(started)));
}

// What to iterate over; an array.
OrFailure<Value> Interpreter::ItemsOf(const Frame& frame, const asl::State& state,
                                      const Value& input) const {
  const auto& map = state.As<asl::MapFields>();
  if (map.items != nullptr) {
    OrFailure<Value> items = Evaluate(*map.items, Env(frame, input, map.items.get()), "Items");
    if (!items.ok()) return items;
    if (auto failure = Expect("array", *items, *map.items, "Items")) return *failure;
    return items;
  }
  if (map.items_path.kind != asl::PathField::Kind::kPath) return input;
  return Evaluate(*map.items_path.path, Env(frame, input, map.items_path.path.get()), "ItemsPath");
}

void Interpreter::StartMap(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  const auto& map = state.As<asl::MapFields>();
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  Value items = Value::Array({});
  // With a reader the input's items do not count (recorded: not even a wrong ItemsPath).
  const bool has_reader = map.distributed != nullptr && map.distributed->reader.has_value();
  if (!has_reader) {
    OrFailure<Value> found = ItemsOf(frame, state, *input);
    if (!found.ok()) return FailEvaluation(id, found.failure());
    items = *std::move(found);
  }
  if (!items.is_array()) {
    if (state.language == asl::QueryLanguage::kJsonata) {
      return FailEvaluation(id, Failure{"States.QueryEvaluationError",
                                        absl::StrCat("Map state input must be an array but was: ",
                                                     expr::JsonForMessage(items))});
    }
    // AWS gives this one without the words that name the state.
    std::string path =
        map.items_path.kind == asl::PathField::Kind::kPath ? map.items_path.path->text() : "$";
    // By AWS's record a path into the context object is told as one into that object.
    if (path.compare(0, 2, "$$") == 0) path.erase(0, 1);
    StateFailure failure;
    failure.error = "States.Runtime";
    failure.cause = absl::StrCat("Reference path \"", path, "\" must point to array.");
    return FailState(id, failure);
  }
  if (!has_reader) Note(&Inspection::after_items_path, items);
  OrFailure<absl::optional<int64_t>> concurrency =
      EvaluateNumber(frame, map.max_concurrency, *input);
  if (!concurrency.ok()) return FailEvaluation(id, concurrency.failure());
  if (world_.inspection != nullptr) {
    world_.inspection->max_concurrency = concurrency->value_or(0);
  }
  if (IsMocked() && map.distributed == nullptr) return AnswerMapByMock(id, state, items);
  MapStarted started;
  started.length = static_cast<int64_t>(items.AsArray().size());
  started.max_concurrency = concurrency->value_or(0);
  if (started.length > 0) started.items = Payload::FromValue(std::move(items));
  if (IsOversize(started.items, world_.limits.max_gathered_bytes)) return FailOversizeInput(id);
  Emit(Make(EventType::kMapStateStarted, frame, std::move(started)));
  if (map.distributed != nullptr) return StartMapRun(id, state, *input);
  AdvanceFanOut(id);
}

// Each item's input is still made, so that a wrong ItemSelector shows.
void Interpreter::AnswerMapByMock(FrameId id, const asl::State& state, const Value& items) {
  int64_t index = 0;
  for (const Value& item : items.AsArray()) {
    OrFailure<Value> input = ItemInput(Get(id), state, item, index++);
    if (!input.ok()) return FailEvaluation(id, input.failure());
  }
  AnswerByMock(id);
}

// $$.Map.Item. Of items that a reader read it tells where from (AWS guide, "Context object").
Value Interpreter::MapItem(const MapRun* run, const Value& item, int64_t index) {
  Value::Members members = {{"Index", Value::Int(index)}};
  if (run != nullptr && run->is_keyed) {
    members.emplace_back("Key", *item.Find("Key"));
    members.emplace_back("Value", *item.Find("Value"));
  } else {
    members.emplace_back("Value", item);
  }
  const Value* reader = run == nullptr ? nullptr : run->config.value().Find("Reader");
  if (reader != nullptr) {
    const Value& parameters = *reader->Find("Parameters");
    std::string source = "S3:/";
    for (const char* part : {"Bucket", "Key"}) {
      const Value* text = parameters.Find(part);
      if (text != nullptr && text->is_string()) absl::StrAppend(&source, "/", text->AsString());
    }
    members.emplace_back("Source", Value::String(source));
  }
  return Value::Object(std::move(members));
}

OrFailure<Value> Interpreter::ItemInput(const Frame& frame, const asl::State& state,
                                        const Value& item, int64_t index) {
  const auto& map = state.As<asl::MapFields>();
  if (map.item_selector == nullptr) return item;
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return input.failure();
  expr::Environment env = Env(frame, *input, map.item_selector.get());
  if (map.item_selector->uses_context()) {
    Value::Members context = ContextObject(frame, kNoEvent).AsObject();
    context.emplace_back("Map",
                         Value::Object({{"Item", MapItem(frame.map_run.get(), item, index)}}));
    env.context = Value::Object(std::move(context));
  }
  OrFailure<Value> selected = Evaluate(*map.item_selector, env, "ItemSelector");
  if (selected.ok() && world_.inspection != nullptr) {
    world_.inspection->after_item_selector.push_back(*selected);
  }
  return selected;
}

void Interpreter::AdvanceFanOut(FrameId id) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  const FanOut& fan_out = *frame.fan_out;
  // Its output could not be kept either, and what is gathered is stored again and again.
  if (fan_out.result_bytes > world_.limits.max_gathered_bytes) return FailOversizeOutput(id);
  if (state.type == asl::StateType::kMap && !StartIterations(id, state)) return;
  if (fan_out.succeeded == fan_out.length) CompleteFanOut(id, state);
}

bool Interpreter::StartIterations(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  const FanOut& fan_out = *frame.fan_out;
  int64_t limit = world_.limits.max_inline_concurrency;
  if (fan_out.max_concurrency > 0) limit = std::min(limit, fan_out.max_concurrency);
  while (fan_out.running < limit && fan_out.next_index < fan_out.length) {
    const int64_t index = fan_out.next_index;
    const Value& item = fan_out.items.value().AsArray()[static_cast<size_t>(index)];
    OrFailure<Value> input = ItemInput(frame, state, item, index);
    if (!input.ok()) {
      FailEvaluation(id, input.failure());
      return false;
    }
    IterationStarted started;
    started.state = state.name;
    started.index = index;
    started.child = e_.next_frame();
    started.input = NewPayload(*std::move(input));
    if (IsOversize(started.input)) {
      FailOversizeInput(id);
      return false;
    }
    // The event itself counts: whether it is the transition's last is known before it is emitted.
    CountBytes(started.input);
    const bool has_more = !HasBudget() && fan_out.running + 1 < limit && index + 1 < fan_out.length;
    started.has_more = has_more;
    Emit(Make(EventType::kMapIterationStarted, frame, std::move(started)),
         fan_out.last_child_event);
    if (has_more) break;
  }
  return true;
}

void Interpreter::CompleteFanOut(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  const FanOut& fan_out = *frame.fan_out;
  Value::Elements results;
  results.reserve(fan_out.results.size());
  for (const Payload& result : fan_out.results) results.push_back(result.value());
  Emit(Make(state.type == asl::StateType::kMap ? EventType::kMapStateSucceeded
                                               : EventType::kParallelStateSucceeded,
            frame, FanOutSucceeded()));
  LeaveWithResult(id, NewPayload(Value::Array(std::move(results))));
}

// By AWS's record: the failed iteration's end, then the aborted state it stood in (a Fail state is
// none), then the same for each sibling; all refer to the event that failed.
void Interpreter::EmitChildFailure(const Frame& child, const Frame& parent, EventId failed) {
  const FrameId parent_id = parent.id, child_id = child.id;
  const bool is_map = StateOf(parent).type == asl::StateType::kMap;
  const bool was_task = StateOf(child).type == asl::StateType::kTask;
  std::vector<FrameId> siblings;
  for (const auto& [id, frame] : e_.frames()) {
    if (frame.parent == parent_id && id != child_id) siblings.push_back(id);
  }
  const auto end_of = [&](const Frame& frame) {
    return IterationEnded{StateOf(Get(parent_id)).name, frame.index, frame.id};
  };
  Event aborted = Make(EventType::kTaskStateAborted, child, StateAborted());
  if (is_map) {
    Emit(Make(EventType::kMapIterationFailed, Get(parent_id), IterationFailed{end_of(child)}),
         failed);
  }
  if (was_task) Emit(std::move(aborted), failed);
  for (FrameId id : siblings) {
    const Frame& sibling = Get(id);
    if (is_map) {
      // The frame is gone with its end: what it stood in is told after it, as AWS does.
      const absl::optional<EventType> type = AbortedType(StateOf(sibling).type);
      const bool is_inside = sibling.phase != Frame::Phase::kReady;
      Event state_aborted =
          Make(type.value_or(EventType::kTaskStateAborted), sibling, StateAborted());
      Emit(Make(EventType::kMapIterationAborted, Get(parent_id), IterationAborted{end_of(sibling)}),
           failed);
      if (type.has_value() && is_inside) Emit(std::move(state_aborted), failed);
    } else {
      EmitAborted(sibling, failed);
    }
  }
}

void Interpreter::EmitAborted(const Frame& frame, EventId previous) {
  const absl::optional<EventType> type = AbortedType(StateOf(frame).type);
  if (!type.has_value() || frame.phase == Frame::Phase::kReady) return;
  Emit(Make(*type, frame, StateAborted()), previous);
}

}  // namespace pawl::core
