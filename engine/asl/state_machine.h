// A checked, immutable state machine: what a definition text compiles to (see compile.h) and what
// the core interprets. Shared by all executions of a revision; safe to read from any thread.
//
// States of all nesting levels stand in one flat vector, for their names are unique in the whole
// machine (ASL, "States"). A Block is one "States" object: the machine's own, a Parallel branch or
// a Map's item processor.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/expr/expression.h"
#include "engine/expr/json_path.h"
#include "engine/value/payload.h"
#include "engine/value/value.h"

namespace pawl::asl {

enum class QueryLanguage { kJsonPath, kJsonata };
enum class StateType { kTask, kPass, kChoice, kWait, kSucceed, kFail, kParallel, kMap };

// "Task", "Pass"... as in definitions; "TaskState..." in history event names begins with it.
absl::string_view StateTypeName(StateType type);

using StateIndex = int32_t;
using BlockIndex = int32_t;
inline constexpr int32_t kNone = -1;

// InputPath, OutputPath, ItemsPath: a path, absent, or null (which means "{}").
struct PathField {
  enum class Kind { kAbsent, kNull, kPath };
  Kind kind = Kind::kAbsent;
  expr::ExpressionPtr path;
};

// ResultPath: absent means "$" (replace the whole), null means "discard the result".
struct ResultPath {
  enum class Kind { kReplace, kDiscard, kInsert };
  Kind kind = Kind::kReplace;
  absl::optional<expr::JsonPath> path;  // of kInsert, a reference path
};

// A number that is given literally or by a path that is evaluated when the state is entered.
// `field` is the member's name, for messages ("SecondsPath").
struct NumberField {
  absl::optional<int64_t> literal;
  expr::ExpressionPtr path;
  std::string field;
  bool present() const { return literal.has_value() || path != nullptr; }
};

struct StringField {
  absl::optional<std::string> literal;
  expr::ExpressionPtr path;  // a path or an intrinsic function
  std::string field;
  bool present() const { return literal.has_value() || path != nullptr; }
};

// ASL, "Retrying after error".
struct Retrier {
  std::vector<std::string> error_equals;
  absl::Duration interval = absl::Seconds(1);
  int64_t max_attempts = 3;
  double backoff_rate = 2.0;
  absl::Duration max_delay = absl::InfiniteDuration();
  bool full_jitter = false;
};

struct Catcher {
  std::vector<std::string> error_equals;
  StateIndex next = kNone;
  ResultPath result_path;
  expr::ExpressionPtr output;  // JSONata
  expr::ExpressionPtr assign;
};

// How the engine waits for a service integration.
enum class IntegrationPattern { kRequestResponse, kSync, kSync2, kWaitForTaskToken };

// What a Task's Resource says, taken apart (docs/language.md, "Resources").
struct Resource {
  enum class Kind {
    kLambda,       // arn:aws:lambda:...:function:NAME       history: LambdaFunction*
    kActivity,     // arn:aws:states:...:activity:NAME       history: Activity*
    kPawl,         // pawl:NAME                              history: Task*
    kIntegration,  // arn:aws:states:::SERVICE:ACTION[.PATTERN]
  };
  Kind kind = Kind::kPawl;
  std::string text;           // as written
  std::string queue;          // task queue; of lambda:invoke the default, FunctionName decides
  std::string resource_type;  // of events: "lambda", "sqs", "aws-sdk:dynamodb", "pawl"
  std::string action;         // of events: "invoke", "sendMessage.waitForTaskToken", NAME
  IntegrationPattern pattern = IntegrationPattern::kRequestResponse;
  bool is_lambda_invoke = false;
};

struct PassFields {
  absl::optional<Payload> result;
};

struct TaskFields {
  Resource resource;
  NumberField timeout_seconds;
  NumberField heartbeat_seconds;
  expr::ExpressionPtr credentials;
};

// One comparison or combination of a Choice rule.
struct Condition {
  enum class Op {
    kAnd,
    kOr,
    kNot,
    kStringEquals,
    kStringLessThan,
    kStringGreaterThan,
    kStringLessThanEquals,
    kStringGreaterThanEquals,
    kStringMatches,
    kNumericEquals,
    kNumericLessThan,
    kNumericGreaterThan,
    kNumericLessThanEquals,
    kNumericGreaterThanEquals,
    kBooleanEquals,
    kTimestampEquals,
    kTimestampLessThan,
    kTimestampGreaterThan,
    kTimestampLessThanEquals,
    kTimestampGreaterThanEquals,
    kIsNull,
    kIsPresent,
    kIsNumeric,
    kIsString,
    kIsBoolean,
    kIsTimestamp,
  };
  Op op = Op::kAnd;
  absl::optional<expr::JsonPath> variable;
  Value literal;                              // what to compare with...
  absl::optional<expr::JsonPath> value_path;  // ...or where to find it (the *Path operators)
  std::vector<Condition> operands;            // of And, Or, Not
};

struct ChoiceRule {
  Condition condition;            // JSONPath
  expr::ExpressionPtr predicate;  // JSONata
  StateIndex next = kNone;
  expr::ExpressionPtr assign;
  expr::ExpressionPtr output;
};

struct ChoiceFields {
  std::vector<ChoiceRule> rules;
  StateIndex default_next = kNone;
};

struct WaitFields {
  NumberField seconds;
  StringField timestamp;
  absl::Time literal_time;  // of a literal timestamp
};

struct FailFields {
  StringField error;
  StringField cause;
};

struct ParallelFields {
  std::vector<BlockIndex> branches;
};

struct MapFields {
  BlockIndex processor = kNone;
  PathField items_path;
  expr::ExpressionPtr item_selector;
  NumberField max_concurrency;
  NumberField tolerated_failure_count;
  NumberField tolerated_failure_percentage;
  bool is_distributed = false;
};

struct SucceedFields {};

struct State {
  std::string name;
  std::string pointer;  // into the definition
  StateType type = StateType::kPass;
  QueryLanguage language = QueryLanguage::kJsonPath;
  BlockIndex block = kNone;
  StateIndex next = kNone;  // kNone: a terminal state (End, Succeed, Fail) or a Choice

  PathField input_path;
  expr::ExpressionPtr parameters;  // Parameters; Arguments in JSONata
  expr::ExpressionPtr result_selector;
  ResultPath result_path;
  PathField output_path;
  expr::ExpressionPtr output;  // JSONata
  expr::ExpressionPtr assign;

  std::vector<Retrier> retriers;
  std::vector<Catcher> catchers;

  std::variant<SucceedFields, TaskFields, PassFields, ChoiceFields, WaitFields, FailFields,
               ParallelFields, MapFields>
      fields;

  template <typename T>
  const T& As() const {
    return std::get<T>(fields);
  }
};

struct Block {
  StateIndex start_at = kNone;
  StateIndex owner = kNone;  // the Parallel or Map state it belongs to; kNone for the machine's own
};

class StateMachine {
 public:
  const std::vector<State>& states() const { return states_; }
  const State& state(StateIndex index) const { return states_[static_cast<size_t>(index)]; }
  const Block& block(BlockIndex index) const { return blocks_[static_cast<size_t>(index)]; }
  const std::vector<Block>& blocks() const { return blocks_; }
  // kNone where no state has that name.
  StateIndex Find(absl::string_view name) const;

  const std::string& comment() const { return comment_; }
  // TimeoutSeconds of the machine; InfiniteDuration where none is given.
  absl::Duration timeout() const { return timeout_; }
  const std::string& definition() const { return definition_; }

 private:
  friend class Compiler;
  std::vector<State> states_;
  std::vector<Block> blocks_;  // [0] is the machine's own
  absl::flat_hash_map<std::string, StateIndex> by_name_;
  std::string comment_;
  absl::Duration timeout_ = absl::InfiniteDuration();
  std::string definition_;
};

}  // namespace pawl::asl
