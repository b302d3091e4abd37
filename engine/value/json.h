// JSON text to Value and back. The one place where numbers become text.
//
// Reading is strict RFC 8259: UTF-8 is checked, duplicate keys are kept out (last wins), nothing
// may follow the value. Writing emits no insignificant white space and escapes only what must be
// escaped.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl {

struct JsonLimits {
  uint32_t max_depth = 256;                     // nesting of containers
  size_t max_bytes = size_t{64} * 1024 * 1024;  // of text
};

// InvalidArgument with line, column and what was expected; ResourceExhausted when a limit is passed
// (the message names the limit).
absl::StatusOr<Value> ParseJson(absl::string_view text, const JsonLimits& limits = {});

std::string ToJson(const Value& value);
// Two-space indented, for people.
std::string ToPrettyJson(const Value& value);
void AppendJson(const Value& value, std::string* out);
// `s` as a JSON string literal, quotes included.
void AppendJsonString(absl::string_view s, std::string* out);

// Shortest text that reads back as the same number; integral doubles as "2.0" below 1e7 and Java's
// E-notation ("1.0E10") beyond, as AWS (Jackson) writes them.
std::string DoubleToText(double d);

}  // namespace pawl
