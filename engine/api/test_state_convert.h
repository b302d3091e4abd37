// TestState's messages to the engine's types and back. Internal to engine/api.
#pragma once

#include "engine/test_state/test_state.h"
#include "pawl/v1/test_state.pb.h"

namespace pawl::api {

test_state::Request FromProto(const v1::StateMachinesTestStateRequest& in);
void ToProto(const test_state::Response& response, v1::StateMachinesTestStateResponse* out);

}  // namespace pawl::api
