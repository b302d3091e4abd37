// Internal to engine/api.
#pragma once

#include "absl/status/status.h"
#include "pawl/v1/workers.pb.h"

namespace pawl::api {

// Names, the number of queues and the receive limit of a worker. ValidationException.
absl::Status CheckHello(const v1::Hello& hello);

}  // namespace pawl::api
