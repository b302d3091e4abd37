// The responses of the services' operations, in as much detail as mocks are checked against.
//
// A shape is written in a small notation, so that the table is data and reads like one:
//
//   shape  = "string" | "number" | "boolean" | "any"  any has no rule; a BLOB and a TIMESTAMP are
//            strings
//          | "string[MIN,MAX]"    length in characters; either bound may be left out
//          | "string(A|B)"        one of these
//          | "number[MIN,MAX]"
//          | "[" shape "]"        an array
//          | "<" shape ">"        an object with any keys
//          | "{" field* "}"       an object with these fields; others are not looked at
//          | "@NAME"              a shape of its own, see Named
//   field  = NAME ["!"] ":" shape      "!": the API always gives it
#pragma once

#include "absl/strings/string_view.h"

namespace pawl::test_state {

// The response of SERVICE:ACTION ("dynamodb:getItem"; "sfn" and "states" are the same); "" where it
// is not in the table, which means that a mock may hold anything.
absl::string_view ResponseShape(absl::string_view service, absl::string_view action);

// The text of "@NAME"; "any" where there is none.
absl::string_view NamedShape(absl::string_view name);

}  // namespace pawl::test_state
