// Runs handlers of the user. Whatever they throw becomes a failure. Internal to the SDK.
#pragma once

#include <functional>

#include "pawl/handlers.h"

namespace pawl::sdk {

TaskResult Invoke(const Handler& handler, const Task& task);
// `answer` is called exactly once, perhaps on another thread and later.
void InvokeAsync(const AsyncHandler& handler, const Task& task,
                 std::function<void(TaskResult)> answer);

}  // namespace pawl::sdk
