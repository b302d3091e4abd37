// Walks through JSON text of any length without holding it: finds where values begin and end, and
// leaves judging them to ParseJson. Not API.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/objects/input.h"
#include "engine/value/value.h"

namespace pawl::objects {

// Thread-compatible. What it skips it checks for balanced brackets and closed strings only.
class JsonScanner {
 public:
  JsonScanner(Input* input, size_t max_value_bytes)
      : input_(input), max_value_bytes_(max_value_bytes) {}

  // The first byte that is not white space, as Input::Peek.
  int PeekToken();
  // InvalidArgument where the next token is not `c`.
  absl::Status Expect(char c);

  absl::StatusOr<Value> ReadValue();
  // A string followed by ':', which is skipped.
  absl::StatusOr<std::string> ReadKey();
  absl::Status SkipValue();

  // InvalidArgument that tells where; or what the store has said.
  absl::Status Error(absl::string_view expected) const;

 private:
  // Passes over one value; appends it to `text` unless that is null.
  absl::Status Pass(std::string* text);
  absl::Status PassString(std::string* text);
  absl::Status Take(std::string* text);

  Input* input_;
  const size_t max_value_bytes_;
};

}  // namespace pawl::objects
