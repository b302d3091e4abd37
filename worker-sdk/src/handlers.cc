#include "pawl/handlers.h"

#include <atomic>
#include <exception>

#include "worker-sdk/src/invoke.h"

namespace pawl {

class Responder::Once {
 public:
  explicit Once(std::function<void(TaskResult)> answer) : answer_(std::move(answer)) {}
  ~Once() { Answer(Fail(kHandlerException, "the handler let its responder go without an answer")); }

  void Answer(TaskResult result) {
    if (!is_answered_.exchange(true)) answer_(std::move(result));
  }

 private:
  const std::function<void(TaskResult)> answer_;
  std::atomic<bool> is_answered_{false};
};

Responder::Responder(std::function<void(TaskResult)> answer)
    : once_(std::make_shared<Once>(std::move(answer))) {}

void Responder::operator()(TaskResult result) const { once_->Answer(std::move(result)); }

Handlers& Handlers::Add(std::string name, Handler handler, HandlerOptions options) {
  entries_[std::move(name)] = Entry{std::move(handler), nullptr, options};
  return *this;
}

Handlers& Handlers::AddAsync(std::string name, AsyncHandler handler, HandlerOptions options) {
  entries_[std::move(name)] = Entry{nullptr, std::move(handler), options};
  return *this;
}

namespace sdk {
namespace {

// Inside a catch block.
TaskResult FailureOfException() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return Fail(kHandlerException, exception.what());
  } catch (const std::string& text) {
    return Fail(kHandlerException, text);
  } catch (const char* text) {
    return Fail(kHandlerException, text);
  } catch (...) {
    return Fail(kHandlerException, "the handler threw something that is no std::exception");
  }
}

}  // namespace

TaskResult Invoke(const Handler& handler, const Task& task) {
  try {
    return handler(task);
  } catch (...) {
    return FailureOfException();
  }
}

void InvokeAsync(const AsyncHandler& handler, const Task& task,
                 std::function<void(TaskResult)> answer) {
  const Responder responder(std::move(answer));
  try {
    handler(task, responder);
  } catch (...) {
    responder(FailureOfException());
  }
}

}  // namespace sdk
}  // namespace pawl
