// A whole engine in one thread and in virtual time, over a store of the caller's choice: for the
// SDK's tests of workflows, for the conformance runner and for the simulation. The code inside is
// the code that is shipped; only the world is another.
//
//   InProcessEngine engine({.store = &memory_store, .seed = 7});
//   engine.Serve("Charge", [](const QueuedTask& task, Responder respond) { respond.Succeed("{}");
//   }); auto ref = engine.Start("Order", "order-1", "{\"id\":1}"); engine.RunUntilClosed(*ref,
//   absl::Hours(1));      // waits and retries take no real time
//
// Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/runtime/machines/machine_admin.h"
#include "engine/runtime/node.h"
#include "engine/runtime/world/virtual_world.h"

namespace pawl::runtime {

struct InProcessOptions {
  persistence::Store* store = nullptr;      // outlives the engine
  objects::ObjectStore* objects = nullptr;  // of Distributed Maps; outlives the engine
  core::Listener* listener = nullptr;       // may be null; outlives the engine
  uint64_t seed = 1;
  absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  Options runtime;
  // Leases as `runtime` has them, though their ticking costs; otherwise they never run out.
  bool has_leases = false;
  // Whether whoever owned a range before is known to be gone (WorldRef::is_dead).
  bool is_alone = true;
  // Time between a task's delivery and its handler's being called.
  absl::Duration handler_delay = absl::ZeroDuration();
  ExecutionLog* log = nullptr;  // may be null; outlives the engine
};

class InProcessEngine {
 public:
  // How a handler answers, at once or later (RunAt). Copies answer the same task; the first counts.
  class Responder {
   public:
    void Succeed(std::string output_json) const;
    void Fail(absl::optional<std::string> error, absl::optional<std::string> cause) const;

   private:
    friend class InProcessEngine;
    InProcessEngine* engine_ = nullptr;
    std::string token_;
  };
  using Handler = std::function<void(const QueuedTask&, Responder)>;

  explicit InProcessEngine(InProcessOptions options);
  ~InProcessEngine();

  // Opens the node. Called by the others when needed; a second engine over the same store takes
  // over.
  absl::Status Open();

  absl::StatusOr<persistence::MachineRevision> CreateMachine(
      const std::string& name, const std::string& definition, const std::string& role_arn,
      std::vector<asl::Diagnostic>* diagnostics, const std::string& type = "STANDARD",
      const std::string& account = "");
  absl::StatusOr<persistence::ExecutionRef> Start(const std::string& machine,
                                                  const std::string& name,
                                                  const std::string& input_json);

  // The handler of a queue; a "*" handler takes every queue that has none of its own.
  void Serve(const std::string& queue, Handler handler, std::string worker_name = "worker");

  // False where the execution is still open when nothing is left to do or `limit` of virtual time
  // is over.
  bool RunUntilClosed(persistence::ExecutionRef ref, absl::Duration limit);
  // Lets everything happen that is due within `span`.
  void RunFor(absl::Duration span);
  void RunAt(absl::Time time, Work work) {
    world_.strand()->PostAfter(time - world_.now(), std::move(work));
  }

  absl::StatusOr<std::vector<core::Event>> History(persistence::ExecutionRef ref);
  // The state as it is stored, folded from nothing.
  absl::StatusOr<std::unique_ptr<LiveExecution>> Load(persistence::ExecutionRef ref);

  Node& node() { return *node_; }
  VirtualWorld& world() { return world_; }
  absl::Time now() const { return world_.now(); }

 private:
  class Session;
  void ServeQueue(const std::string& queue);

  InProcessOptions options_;
  VirtualWorld world_;
  Metrics metrics_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<MachineAdmin> admin_;
  std::map<std::string, Handler> handlers_;
  std::map<std::string, std::string> worker_names_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;  // by queue
  bool is_open_ = false;
};

}  // namespace pawl::runtime
