// Messages as JSON for programs: lowerCamelCase names (AWS's, in history events), 64-bit numbers as
// numbers, times as RFC 3339, enumerations by AWS's words (SUCCEEDED). Empty texts are left out.
#pragma once

#include <string>
#include <vector>

#include "engine/value/value.h"
#include "google/protobuf/message.h"

namespace pawl::cli {

enum class Payloads {
  kAsText,  // JSON in a string, as AWS does it
  kAsJson,  // input, output, definition and heartbeatDetails as the values they are
};

Value ToJsonValue(const google::protobuf::Message& message, Payloads payloads = Payloads::kAsText);

// Whether fields of that name hold JSON text.
bool IsPayload(const std::string& name);

}  // namespace pawl::cli
