#pragma once

#include <memory>

#include "cli/engine_client.h"
#include "google/protobuf/message.h"

namespace pawl::cli {

// Replaces what a terminal would act on in every text of `message` (SafeLines), in the messages
// within it too. Payloads (input, output, definition...) stay as they are: they are JSON, and what
// prints them escapes them.
void MakeTextsSafe(google::protobuf::Message* message);

// `engine`, with answers whose texts are safe to print. For output that people read: whatever a
// command prints of an answer, and with whatever colours, none of it came from a stranger's
// terminal sequences.
std::unique_ptr<EngineClient> SafeForTerminals(std::unique_ptr<EngineClient> engine);

}  // namespace pawl::cli
