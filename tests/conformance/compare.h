// Expected against actual, with the masks of the recordings.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/value/value.h"
#include "tests/conformance/case_file.h"

namespace pawl::conformance {

// What an engine did with a case, in the form of the recordings: payloads parsed.
struct Outcome {
  std::string status;
  Value output;
  Value error;  // null = absent
  Value cause;
  std::vector<Value> history;  // events as AWS has them, without timestamps
};

// Every difference, one line each; empty where the outcome is as expected.
std::vector<std::string> Compare(const Case& test, const Outcome& outcome);

// The same for any two documents; `wildcards` is a list of JSON pointers into them.
std::vector<std::string> CompareWithMasks(const Value& expected, const Value& actual,
                                          const Value& wildcards);

// The same, without what AWS has added to its answers since `test` was recorded.
std::vector<std::string> CompareWithMasks(const Case& test, const Value& expected,
                                          const Value& actual, const Value& wildcards);

// A string that may hold "<...>" masks, each standing for one or more characters.
bool MatchesMask(const std::string& actual, const std::string& mask);

}  // namespace pawl::conformance
