#include "engine/machine_test/read_expectation.h"

#include "engine/machine_test/read_mocks.h"

namespace pawl::machine_test {

Expectation ReadExpectation(asl::FieldReader reader) {
  Expectation expect;
  expect.status = reader.TakeString("status");
  if (const Value* output = reader.Take("output")) expect.output = *output;
  if (const Value* part = reader.Take("outputContains")) expect.output_contains = *part;
  expect.error = reader.TakeString("error");
  expect.cause = reader.TakeString("cause");
  expect.cause_contains = reader.TakeString("causeContains");
  if (const Value* path = reader.TakeArray("path")) {
    expect.path.emplace();
    for (const Value& state : path->AsArray()) {
      if (state.is_string()) {
        expect.path->push_back(state.AsString());
      } else {
        reader.Error("path", "A path is a list of names of states");
      }
    }
  }
  if (const Value* visits = reader.TakeObject("visits")) {
    asl::FieldReader states(reader.sink(), *visits, reader.PointerTo("visits"));
    for (const auto& [state, ignored] : visits->AsObject()) {
      const absl::optional<int64_t> count = states.TakeInteger(state, 0, 1'000'000'000);
      if (count.has_value()) expect.visits[state] = *count;
    }
  }
  if (const Value* duration = reader.TakeObject("duration")) {
    asl::FieldReader bounds(reader.sink(), *duration, reader.PointerTo("duration"));
    expect.min_duration = TakeDuration(&bounds, "min");
    expect.max_duration = TakeDuration(&bounds, "max");
    bounds.RejectUnknown();
  }
  reader.RejectUnknown();
  return expect;
}

}  // namespace pawl::machine_test
