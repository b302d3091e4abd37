// The names in a script of recorded API calls. The harness that recorded it made up ARNs, names of
// executions and masks ("<next-token:1>"); here they are told apart from the real ones that take
// their place.
#pragma once

#include <map>
#include <string>

#include "engine/value/value.h"

namespace pawl::conformance {

class ScriptNames {
 public:
  // `recorded` stands for `real` from now on, wherever it occurs.
  void Add(const std::string& recorded, const std::string& real);

  // What "returns" of a step names, as the answer has it; names of executions too. Where `expect`
  // has another name for the same thing, that was made up as well.
  void LearnReturns(const Value& returns, const Value& expect, const Value& answer);
  // Masks in an expectation that the answer has filled.
  void LearnMasks(const Value& expected, const Value& answer);

  // With the real names in place of the recorded ones.
  Value Rewritten(const Value& recorded) const;
  std::string Rewritten(std::string recorded) const;

 private:
  // Longest first, so that no name is taken for a part of another one.
  struct LongestFirst {
    bool operator()(const std::string& a, const std::string& b) const {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };
  std::map<std::string, std::string, LongestFirst> real_;
};

// `actual` in the form of the recordings: members that hold JSON as text ("definition", "input",
// "output", "parameters"...) are parsed where `expected` has something else than the same text.
Value AsRecorded(const Value& expected, const Value& actual);

}  // namespace pawl::conformance
