// Why a text is not JSON, in the words of Jackson, the parser behind AWS's API.
//
// ParseJson (json.h) says what it expected and where. AWS's clients see Jackson's sentence and
// Jackson's place instead: the place after the character that it stumbled over, columns counted in
// UTF-16 units, with the beginning of the text.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl {

struct JsonDiagnosis {
  // For people: "Unexpected end-of-input: expected close marker for Object (start marker at line 1,
  // column 1)".
  std::string message;
  // As AWS sends it: places carry the beginning of the text, and the place of the error follows.
  std::string aws_message;
  std::string aws_location;  // [Source: (String)"{"; line: 1, column: 2]
};

// nullopt where Jackson has nothing to say: the text is JSON, is empty, goes on after its value, is
// not UTF-8, or is nested too deeply.
absl::optional<JsonDiagnosis> DiagnoseJson(absl::string_view text);

}  // namespace pawl
