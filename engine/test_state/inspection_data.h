// "inspectionData": which of the intermediate values are told, by the kind of state.
#pragma once

#include "engine/asl/state_machine.h"
#include "engine/core/inspection.h"
#include "engine/test_state/test_state.h"
#include "engine/value/value.h"

namespace pawl::test_state {

struct Told {
  Value input;
  Value variables;      // an object: all that are there after the state
  Value error_details;  // null where no retrier or catcher took the failure
  absl::optional<Value> after_items_pointer;
  absl::optional<Value> http_request;
  absl::optional<Value> http_response;
  Value after_batches;  // an array of the children's inputs; null where there are no batches
};

Value InspectionData(const asl::State& state, const core::Inspection& seen, const Told& told);

}  // namespace pawl::test_state
