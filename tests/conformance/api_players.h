// The parts of the recorded tests that stood outside the API: a worker of an activity, and a
// service that answers task tokens. What they do is read from what was recorded of it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/conformance/case_file.h"

namespace pawl::conformance {

// Plays until it goes.
class Player {
 public:
  virtual ~Player() = default;
};

// Polls the activity of the script by GetActivityTask, under the recorded worker's name, and answers
// as that did. nullptr where the script has no such worker.
std::unique_ptr<Player> PlayActivityWorker(const Case& test, int http_port);

// Serves the queue of the script's callback tasks. nullptr where it has none.
absl::StatusOr<std::unique_ptr<Player>> PlayCallbackService(const Case& test, int http_port,
                                                            const std::string& grpc_address);

// Puts the objects that the script's ItemReaders read into `folder`, as BUCKET/KEY: they were not
// recorded, but the number of their items was.
void PutScriptObjects(const Case& test, const std::string& folder);

}  // namespace pawl::conformance
