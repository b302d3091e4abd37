// JSONPath as AWS evaluates it: Jayway JsonPath's grammar and results, not RFC 9535's.
//
//   ASSIGN_OR_RETURN(JsonPath path, JsonPath::Parse("$.orders[?(@.total > 10)].id"));
//   OrFailure<Value> ids = path.Evaluate(env);
//
// A path starts at the input ("$"), at the context object ("$$") or at a variable ("$name").
// Indefinite paths (wildcard, "..", slice, union, filter) yield an array of all matches, which may
// be empty; definite paths yield the one match or fail with AWS's text, e.g. "Invalid path '$.a.b'
// : No results for path: $['a']['b']" (States.Runtime). Three of Jayway's ways that AWS's recorded
// behaviour shows or implies:
//   $.items[99]    an index past the end, as the last step of a path, is null, not a failure;
//   $.no[*].x      an indefinite path below something missing is an empty array;
//   $['a','b']     several names at the end make one object of those members that are there.
// Functions (length(), sum(), ...) apply to what the path before them yields.
//
// Immutable after Parse, thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/expr/expression.h"

namespace pawl::expr {

class JsonPath final : public Expression {
 public:
  enum class Root { kInput, kContext, kVariable };

  // InvalidArgument says what is wrong and at which offset. Bounded: text up to 16 KiB, 512
  // segments.
  static absl::StatusOr<JsonPath> Parse(absl::string_view text);

  OrFailure<Value> Evaluate(const Environment& env) const override;
  bool uses_context() const override;
  void AddVariables(std::vector<std::string>* names) const override;
  const std::string& text() const override;

  // What a path met, for callers who word a miss in their own way.
  enum class Found {
    kValue,
    kPastEnd,       // ends in an index past the end of its array: Evaluate yields null
    kNothing,       // nothing there
    kInapplicable,  // an index, slice or filter met a value of another type
    kLimit,         // of env.limits
  };
  // *value is set for kValue only. Where `why` is given, it says what is missing, in Jayway's
  // words.
  Found Find(const Environment& env, Value* value, std::string* why) const;

  // For Choice's IsPresent: true and the value in *value where the path matches, false otherwise.
  // (An indefinite path is present where it matches at least once.)
  bool Match(const Environment& env, Value* value) const;

  Root root() const;
  const std::string& variable() const;  // of Root::kVariable
  // A single node by construction: names and indices only (no wildcard, slice, union, filter,
  // "..").
  bool is_definite() const;
  // Yields an array of any number of matches (indefinite and not ended by a function).
  bool yields_array() const;
  // May be assigned to: definite, from "$", no filter. Segment names in order; array indices as
  // numbers.
  bool is_reference() const;

  // `target` with the node at this reference path replaced by `value`; missing objects are made on
  // the way. Failure States.ResultPathMatchFailure where the path runs through something that is no
  // object (or an index past the end of an array), with AWS's text.
  // `meter`, which may be null, counts what is copied on the way.
  OrFailure<Value> Assign(const Value& target, const Value& value, Meter* meter = nullptr) const;

 private:
  struct Compiled;
  explicit JsonPath(std::shared_ptr<const Compiled> compiled);
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace pawl::expr
