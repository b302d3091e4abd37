// JSONata, the expression language of JSONata states: the door to this folder.
//
//   Error error;
//   auto program = Program::Parse("$sum($states.input.items.price)", Dialect::kAws, &error);
//   if (program == nullptr) return Refuse(error);
//   Outcome outcome = program->Evaluate(inputs);
//
// The language is that of the reference implementation 2.0.6 (https://docs.jsonata.org) with what
// AWS Step Functions adds to it ($partition, $range, $hash, $random(seed), $uuid, $parse) and
// without $eval. What differs on purpose:
//   - objects keep the order of their members (JavaScript moves "1" to the front);
//   - strings are UTF-8: half a surrogate pair in an escape becomes U+FFFD;
//   - $base64encode and $base64decode work on the UTF-8 bytes;
//   - regular expressions have no look-around and no back references (S0303);
//   - time zones of $fromMillis are numeric offsets, as in the reference.
//
// Evaluation is a function of Inputs: no clock, no global state. It is bounded in steps, memory and
// depth, whatever the expression.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/expr/expression.h"
#include "engine/expr/jsonata/error.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

struct Node;
class Symbols;

enum class Dialect {
  // As AWS has it: there is no root context, so "$$", and outside of paths, predicates and function
  // bodies "$" and field names, are refused by Parse (kUnsupportedReference). Infinity and
  // not-a-number in a result are the strings "Infinity", "-Infinity" and "NaN".
  kAws,
  // As the reference's test suite has it: evaluated against Inputs::input.
  kReference,
};

// A use of a variable that the expression itself does not bind. Names of built-in functions are
// left out, although a variable of that name would win.
struct Reference {
  std::string variable;    // without "$"
  std::string field;       // the first step taken from it by name: "context" of $states.context.x
  size_t offset = 0;       // of the variable, in bytes
  bool has_field = false;  // a field may be called ""
};

struct Inputs {
  const Value* input = nullptr;               // "$" and "$$"; nullptr: undefined, as on AWS
  const VariableLookup* variables = nullptr;  // may be nullptr
  RandomSource* random = nullptr;  // for $random, $shuffle and $uuid, which fail without it
  absl::Time now;                  // for $now and $millis
  Limits limits;
  Meter* meter = nullptr;  // null: the evaluation counts for itself, up to limits.max_steps
  // Evaluations nested in each other: what bounds recursion. The default needs at most 768 KiB of
  // stack in a release build.
  uint32_t max_recursion = 500;
};

struct Outcome {
  enum class Kind { kValue, kUndefined, kFunction, kError };

  Kind kind = Kind::kUndefined;
  Value value;  // of a kValue
  Error error;  // of a kError
};

// Immutable, thread-safe.
class Program {
 public:
  // nullptr and *error set where `text` is not an expression of `dialect`.
  static std::shared_ptr<const Program> Parse(absl::string_view text, Dialect dialect,
                                              Error* error);
  ~Program();

  // Does not block. A result that holds a function is a kFunction.
  Outcome Evaluate(const Inputs& inputs) const;

  // In the order of the text.
  const std::vector<Reference>& references() const { return references_; }
  const std::string& text() const { return text_; }
  // The value of an expression that is a literal string, number, boolean or null; otherwise
  // nullptr.
  const Value* literal() const;

 private:
  Program(absl::string_view text, Dialect dialect);

  std::string text_;
  Dialect dialect_;
  std::unique_ptr<Symbols> symbols_;
  std::unique_ptr<Node> root_;
  std::vector<Reference> references_;
};

}  // namespace pawl::expr::jsonata
