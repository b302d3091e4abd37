#include "engine/runtime/lone_task.h"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/compile.h"
#include "engine/expr/expression.h"
#include "engine/runtime/range/slots.h"
#include "engine/value/json.h"

namespace pawl::runtime {
namespace {

constexpr char kMachineName[] = "test-state";

Value MachineOf(const LoneTask& task) {
  Value::Members state = {{"Type", Value::String("Task")},
                          {"Resource", Value::String(absl::StrCat("pawl:", task.queue))},
                          {"End", Value::Bool(true)}};
  if (task.timeout < absl::InfiniteDuration()) {
    const double seconds = std::ceil(absl::ToDoubleSeconds(task.timeout));
    state.emplace_back("TimeoutSeconds", Value::Int(static_cast<int64_t>(seconds)));
  }
  return Value::Object(
      {{"StartAt", Value::String(task.state)},
       {"States", Value::Object({{task.state, Value::Object(std::move(state))}})}});
}

}  // namespace

void RunLoneTask(Node* node, LoneTask task, StartCallback started, EndCallback ended) {
  if (!node->queues().IsServed({task.ns, task.queue})) {
    return started(absl::FailedPreconditionError(
        absl::StrCat("No worker serves the queue '", task.queue,
                     "': start one, or specify a mock result or a mock error")));
  }
  const Options& options = node->options();
  auto machine = std::make_shared<CompiledMachine>();
  machine->info.ns = task.ns;
  machine->info.name = kMachineName;
  machine->info.type = "EXPRESS";
  asl::CompileOptions compile = options.compile;
  compile.type = asl::MachineType::kExpress;
  std::vector<asl::Diagnostic> diagnostics;
  machine->machine = asl::Compile(ToJson(MachineOf(task)), compile, &diagnostics);
  if (machine->machine == nullptr) {
    return started(absl::InvalidArgumentError(absl::StrCat(
        "the task cannot be run by itself: ", asl::InvalidDefinitionMessage(diagnostics))));
  }
  StartRequest request;
  request.target.machine = std::move(machine);
  request.name = expr::RandomSource(node->world().seed()).NextUuid();
  request.input = std::move(task.input);
  request.recording = Recording::kNothing;
  request.on_end = std::move(ended);
  RangeRunner& range = node->RangeOf(SlotOf(task.ns, kMachineName, request.name));
  range.Start(std::move(request), std::move(started));
}

}  // namespace pawl::runtime
