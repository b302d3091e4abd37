// What the interpreter knows of an expression language: a compiled expression that turns an
// Environment into a Value. Each state holds expressions of its own query language; the core never
// asks which one it is.
//
// Pure: no clock, no global state. Randomness comes through the environment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/value/failure.h"
#include "engine/value/meter.h"
#include "engine/value/value.h"

namespace pawl::expr {

// Values that States.UUID, States.MathRandom and retry jitter draw. Seeded by whoever issues the
// command; what is drawn is recorded in events, so a replay never draws. Thread-compatible.
class RandomSource {
 public:
  explicit RandomSource(uint64_t seed) : state_(seed) {}
  uint64_t Next();         // SplitMix64
  double NextUnit();       // [0, 1)
  std::string NextUuid();  // version 4

 private:
  uint64_t state_;
};

// Variables visible to an expression: innermost scope first.
class VariableLookup {
 public:
  virtual ~VariableLookup() = default;
  // nullptr where no scope holds `name`. Valid for the duration of the evaluation.
  virtual const Value* Find(absl::string_view name) const = 0;
};

struct Limits {
  uint32_t max_depth = 256;  // of a result (flag --max-json-depth)
  // Rough bound on what one evaluation may build.
  size_t max_result_bytes = size_t{64} * 1024 * 1024;
  // Steps of one evaluation (meter.h): about a second of CPU. (flag --max-expression-steps)
  uint64_t max_steps = 100'000'000;
};

struct Environment {
  Value input;                         // "$"; "$states.input" in JSONata
  Value context;                       // "$$", the context object; "$states.context"
  absl::optional<Value> result;        // "$states.result", where there is one
  absl::optional<Value> error_output;  // "$states.errorOutput", in a catcher
  const VariableLookup* variables = nullptr;
  RandomSource* random = nullptr;  // never null where the expression draws
  absl::Time now;                  // "$now()"
  Limits limits;
  // Counts the work. Null: every evaluation counts for itself, up to limits.max_steps.
  Meter* meter = nullptr;
};

// The meter of `env` or, for as long as this lives, one made here.
class MeterOf {
 public:
  explicit MeterOf(const Environment& env) : meter_(env.meter) {
    if (meter_ != nullptr) return;
    MeterLimits limits;
    limits.max_steps_per_expression = env.limits.max_steps;
    meter_ = &own_.emplace(limits);
  }
  MeterOf(const MeterOf&) = delete;
  MeterOf& operator=(const MeterOf&) = delete;
  Meter& get() const { return *meter_; }

 private:
  absl::optional<Meter> own_;
  Meter* meter_;
};

// `env` with a meter, which is its own or, for as long as this lives, one made here.
class Metered {
 public:
  explicit Metered(const Environment& env) : env_(&env) {
    if (env.meter != nullptr) return;
    meter_.emplace(env);
    copy_.emplace(env);
    copy_->meter = &meter_->get();
    env_ = &*copy_;
  }
  Metered(const Metered&) = delete;
  Metered& operator=(const Metered&) = delete;
  const Environment& env() const { return *env_; }

 private:
  absl::optional<MeterOf> meter_;
  absl::optional<Environment> copy_;
  const Environment* env_;
};

// "of 100000000 steps for one expression (flag --max-expression-steps)"
std::string StepLimitText(const Meter& meter);

class Expression {
 public:
  virtual ~Expression() = default;

  // Failure: "States.Runtime", "States.ParameterPathFailure", "States.IntrinsicFailure",
  // "States.QueryEvaluationError"..., with AWS's cause text, without the prefix that names the
  // state.
  virtual OrFailure<Value> Evaluate(const Environment& env) const = 0;

  // Whether the context object is read: it is built only then.
  virtual bool uses_context() const = 0;

  // Adds the variables that are read ("$name" without the "$"; "$states" is none).
  virtual void AddVariables(std::vector<std::string>* names) const = 0;

  // The text as the user wrote it, for messages.
  virtual const std::string& text() const = 0;
};

using ExpressionPtr = std::shared_ptr<const Expression>;

}  // namespace pawl::expr
