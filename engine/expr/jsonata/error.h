// What goes wrong in an expression, in the words of the reference implementation.
//
// Inside this target errors travel as a C++ exception (Raised): an evaluator written as a tree walk
// with a hundred built-in functions stays readable that way. No exception leaves the target;
// Program::Parse and Program::Evaluate turn it into an Error.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::expr::jsonata {

struct Error {
  // The reference's code ("S0202" syntax, "T2001" type, "D3030" dynamic), or one of ours:
  // "U1001" nested too deep, kStepLimit too many steps, "U1002" too much memory, "U1003" result
  // nested too deep, "U1004" expression nested too deep or too long, "S0303" unsupported regular
  // expression, and kUnsupportedReference.
  std::string code;
  std::string message;  // without the code
  size_t offset = 0;    // of the offending token, in bytes from the start of the expression
  std::string token;    // the operator, function or token at fault; "" if none
};

// The code of an evaluation that has spent its steps (meter.h).
inline constexpr char kStepLimit[] = "U1005";

// The code of "Reference to 'x' at the top level is not supported." (Dialect::kAws).
inline constexpr char kUnsupportedReference[] = "UNSUPPORTED_JSONATA_EXPRESSION";

// Thrown and caught inside this target only. Callers further out may still add what they know (the
// offset and the name of the function called), so the message is filled in last, by ToError().
class Raised {
 public:
  explicit Raised(absl::string_view code) : code_(code) {}

  // What the message template inserts: JSON text for values, see Quoted() for names.
  Raised& With(absl::string_view name, std::string text) &;
  Raised&& With(absl::string_view name, std::string text) &&;
  Raised&& Token(absl::string_view token) &&;
  Raised&& At(size_t offset) &&;

  // Only where none is known yet.
  void AddToken(absl::string_view token);
  void AddOffset(size_t offset);

  const std::string& code() const { return code_; }
  Error ToError() const;

 private:
  std::string code_;
  absl::optional<std::string> token_;
  absl::optional<size_t> offset_;
  std::vector<std::pair<std::string, std::string>> inserts_;
};

// `text` as a JSON string.
std::string Quoted(absl::string_view text);

}  // namespace pawl::expr::jsonata
