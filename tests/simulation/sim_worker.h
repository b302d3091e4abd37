// A worker outside the engine: it has a stream that breaks and comes back, names what it holds,
// answers late, twice or never, and dies. It lives on when the engine is dead.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/runtime/tasks/task_queues.h"

namespace pawl::simulation {

class Simulation;

class SimWorker {
 public:
  SimWorker(Simulation* simulation, std::string name)
      : simulation_(simulation), name_(std::move(name)) {}

  // Now and then, until the simulation ends: connects, and sometimes breaks the stream.
  void Live();
  // The engine is gone, and every stream with it.
  void LoseEngine();

  bool Holds(const std::string& token) const { return held_.count(token) > 0; }
  // Its answer was taken, or counts no more.
  void Forget(const std::string& token) { held_.erase(token); }

 private:
  class Stream;
  friend class Stream;
  void Connect();
  void Break(bool forgets);
  void Receive(const std::shared_ptr<Stream>& stream,
               const std::shared_ptr<const runtime::QueuedTask>& task);

  Simulation* const simulation_;
  const std::string name_;
  std::shared_ptr<Stream> stream_;                   // null while disconnected
  std::map<std::string, runtime::AttemptKey> held_;  // by token
};

}  // namespace pawl::simulation
