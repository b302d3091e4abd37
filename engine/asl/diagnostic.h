// What the compiler has to say about a definition: all of it at once, each with its place.
#pragma once

#include <string>
#include <vector>

namespace pawl::asl {

// kInfo says what is, not that something is wrong: the worst case of a path.
enum class Severity { kError, kWarning, kInfo };

struct Diagnostic {
  Severity severity = Severity::kError;
  // AWS's codes (SCHEMA_VALIDATION_FAILED, MISSING_TRANSITION_TARGET, MISSING_END_STATE,
  // INVALID_JSON_DESCRIPTION, INVALID_JSONATA_EXPRESSION...); "PAWL_..." is what AWS does not
  // report.
  std::string code;
  // JSON pointer to the value concerned; "/" for the document, "" where AWS names no place.
  std::string pointer;
  std::string location;  // what AWS names as the place, and how (aws_form.h)
  int line = 0;          // of that value in the text, from 1; 0 = not known
  int column = 0;        // in bytes, from 1
  std::string message;
  std::string aws_message;  // AWS's, where it is not `message`; "" otherwise
  std::string remedy;       // what to do about it; "" where the message says it all
};

inline bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::kError) return true;
  }
  return false;
}

}  // namespace pawl::asl
