// Tests of a whole machine, as files hold them: docs/testing.md describes both forms. Plain data.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/value/value.h"

namespace pawl::machine_test {

// One answer to a task.
struct MockAnswer {
  enum class Kind {
    kReturn,
    kEcho,  // the input comes back
    kFail,
    kSilent,   // nobody answers: a time-out, or a missed heartbeat, ends the attempt
    kMissing,  // the file has no answer for this call, which is an error of the test
  };
  Kind kind = Kind::kReturn;
  Value result;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  absl::Duration after = absl::ZeroDuration();            // between the call and the answer
  absl::Duration heartbeat_every = absl::ZeroDuration();  // zero: none are sent
  absl::optional<Value> when;                             // the input must contain this
  int64_t times = 1;                                      // calls that it answers
  // For a .waitForTaskToken task: the answer of the worker that hands the token on. The other
  // members are the answer of the token's holder. Null: {} at once.
  std::shared_ptr<const MockAnswer> submitted;
};
inline constexpr int64_t kEveryTime = std::numeric_limits<int64_t>::max();

struct Mock {
  std::vector<MockAnswer> answers;
  // What is returned is the task's whole result: no lambda:invoke envelope is put around it.
  bool is_whole_result = false;
};

// By name of a state ("Charge", or "MACHINE/Charge" of a child machine) or of a queue.
struct Mocks {
  std::map<std::string, Mock> states;
  std::map<std::string, Mock> queues;
};

struct Expectation {
  absl::optional<std::string> status;
  absl::optional<Value> output;
  absl::optional<Value> output_contains;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  absl::optional<std::string> cause_contains;
  absl::optional<std::vector<std::string>> path;  // the machine's own states, as they are entered
  std::map<std::string, int64_t> visits;          // of any state, how often it is entered
  absl::optional<absl::Duration> min_duration;
  absl::optional<absl::Duration> max_duration;
};

struct TestCase {
  std::string name;
  Value input = Value::EmptyObject();
  absl::Time now;  // when the execution starts
  Mocks mocks;     // the file's with those of the case
  Expectation expect;
};

struct Machine {
  std::string name;
  std::string path;  // of its definition
  std::string definition;
};

struct TestFile {
  std::string path;
  Machine machine;
  std::vector<Machine> children;  // that it starts
  std::vector<std::pair<std::pair<std::string, std::string>, std::string>> objects;  // bucket, key
  std::vector<TestCase> cases;
};

}  // namespace pawl::machine_test
