// The handlers of a service, by the name that the state machine's "Resource" gives them. The same
// set goes to a Worker in production and to a TestEngine in unit tests.
//
//   pawl::Handlers OrderHandlers(Bank* bank) {
//     pawl::Handlers handlers;
//     handlers.Add("Charge", [bank](const pawl::Task& task) { return bank->Charge(task.input());
//     }); handlers.Add("Ship", &Ship, {.max_concurrency = 4}); return handlers;
//   }
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "pawl/task.h"

namespace pawl {

struct HandlerOptions {
  // Tasks of this handler at the same time, in one worker. At least 1. The engine never pushes
  // more. A handler that only computes wants the number of cores, one that waits for others more.
  // Small and quick tasks want a few dozen, so that the next ones are at hand while results travel.
  int max_concurrency = 16;
};

// Called on a thread of the worker's pool, several at a time: must be thread-safe. May block.
// Whatever it throws ends the attempt as Pawl.HandlerException with what() as the cause.
using Handler = std::function<TaskResult(const Task&)>;

// Answers a task once, from any thread, at once or later. Copies answer the same task; the first
// answer counts. Where all copies go without an answer, the attempt fails as Pawl.HandlerException.
class Responder {
 public:
  explicit Responder(std::function<void(TaskResult)> answer);
  void operator()(TaskResult result) const;

 private:
  class Once;
  std::shared_ptr<Once> once_;
};

// Starts the work and returns; the task occupies its place until `respond` is called. For clients
// with callbacks, where thousands of tasks wait and no thread should.
using AsyncHandler = std::function<void(const Task& task, Responder respond)>;

// A value; thread-compatible.
class Handlers {
 public:
  struct Entry {
    Handler handler = nullptr;  // exactly one of the two is set
    AsyncHandler async = nullptr;
    HandlerOptions options = {};
  };

  // `name` is what "Resource" names: "pawl:NAME", "arn:aws:lambda:...:function:NAME", an activity,
  // or SERVICE:ACTION of "arn:aws:states:::SERVICE:ACTION". A second handler for a name replaces
  // the first.
  Handlers& Add(std::string name, Handler handler, HandlerOptions options = {});
  Handlers& AddAsync(std::string name, AsyncHandler handler, HandlerOptions options = {});

  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace pawl
