// A checked, immutable state machine: what a definition text compiles to (see compile.h) and what
// the core interprets. Shared by all executions of a revision; safe to read from any thread.
//
// States of all nesting levels stand in one flat vector, for their names are unique in the whole
// machine (ASL, "States"). A Block is one "States" object: the machine's own, a Parallel branch or
// a Map's item processor.
#pragma once

#include <cstdint>
#include <memory>
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

// A whole number that is given literally or by an expression (a path, or JSONata) that is evaluated
// when the state is entered. `field` is the member's name, for messages ("SecondsPath").
struct NumberField {
  absl::optional<int64_t> literal;
  expr::ExpressionPtr expression;
  std::string field;
  bool present() const { return literal.has_value() || expression != nullptr; }
};

// ToleratedFailurePercentage: may have a fraction.
struct PercentField {
  absl::optional<double> literal;
  expr::ExpressionPtr expression;
  std::string field;
  bool present() const { return literal.has_value() || expression != nullptr; }
};

struct StringField {
  absl::optional<std::string> literal;
  expr::ExpressionPtr expression;  // a path or an intrinsic function; JSONata
  std::string field;
  bool present() const { return literal.has_value() || expression != nullptr; }
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
  bool is_start_execution = false;  // states:startExecution: the engine runs it itself
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

class StateMachine;

// Where the items of a Distributed Map come from, if not from the state's input (AWS guide,
// "ItemReader").
struct ItemReader {
  enum class Source { kObject, kList };  // s3:getObject, s3:listObjectsV2
  enum class Format { kJson, kJsonl, kCsv };
  enum class Manifest { kNot, kInventory, kAthena };
  Source source = Source::kObject;
  Format format = Format::kJson;
  Manifest manifest = Manifest::kNot;
  bool flattens_list = false;      // Transformation LOAD_AND_FLATTEN
  expr::ExpressionPtr parameters;  // {Bucket, Key} or {Bucket, Prefix}
  bool has_header_row = true;      // of CSV; else `headers`
  std::vector<std::string> headers;
  char delimiter = ',';
  std::string items_pointer;  // JSON pointer to the items inside a JSON document
  NumberField max_items;
};

// Several items to one child execution (AWS guide, "ItemBatcher").
struct ItemBatcher {
  NumberField max_items;
  NumberField max_bytes;
  expr::ExpressionPtr batch_input;
};

// The results of the children to files (AWS guide, "ResultWriter").
struct ResultWriter {
  enum class Transformation { kAsIs, kCompact, kFlatten };
  expr::ExpressionPtr parameters;  // {Bucket, Prefix}; null: the results stay in the output
  bool as_lines = false;           // OutputType JSONL
  Transformation transformation = Transformation::kAsIs;
};

// What makes a Map distributed: each item, or batch, is an execution of `processor`.
struct DistributedMap {
  std::shared_ptr<const StateMachine> processor;
  std::string label;  // of ARNs: "Label", or made from the state's name
  bool is_express = false;
  absl::optional<ItemReader> reader;
  absl::optional<ItemBatcher> batcher;
  absl::optional<ResultWriter> writer;
};

struct MapFields {
  BlockIndex processor = kNone;  // inline
  PathField items_path;
  expr::ExpressionPtr items;  // JSONata
  expr::ExpressionPtr item_selector;
  NumberField max_concurrency;
  NumberField tolerated_failure_count;
  PercentField tolerated_failure_percentage;
  std::shared_ptr<const DistributedMap> distributed;  // null: inline
};

struct SucceedFields {};

struct State {
  std::string name;
  std::string pointer;  // into the definition
  StateType type = StateType::kPass;
  QueryLanguage language = QueryLanguage::kJsonPath;
  BlockIndex block = kNone;
  StateIndex next = kNone;   // kNone: a terminal state or a Choice
  bool is_terminal = false;  // End: true, Succeed or Fail

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
  // The Distributed Map with that label, at any depth; nullptr where there is none.
  std::shared_ptr<const DistributedMap> FindDistributed(absl::string_view label) const;

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
