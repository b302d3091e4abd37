// TestState's messages from and to engine/test_state, which the command runs for itself.
#pragma once

#include "engine/test_state/test_state.h"
#include "pawl/v1/test_state.pb.h"

namespace pawl::cli {

v1::StateMachinesTestStateRequest ToProto(const test_state::Request& request);
test_state::Response FromProto(const v1::StateMachinesTestStateResponse& response);

}  // namespace pawl::cli
