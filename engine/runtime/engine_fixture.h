// An engine over a store in memory, in virtual time, that a test may crash and open again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/in_process_engine.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {

// A test's own fixture says in its constructor what is special about its engine, and calls Restart.
class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture() {
    options_.store = &memory_;
    options_.runtime.verify_replay = true;
  }
  // What the engine was given may be a member of the test's own fixture, which is destroyed first.
  void TearDown() override { engine_ = nullptr; }

  // A crash: nothing of the old engine runs any more.
  void Restart() {
    options_.start = Now();
    engine_ = nullptr;
    engine_ = std::make_unique<InProcessEngine>(options_);
    ASSERT_TRUE(engine_->Open().ok());
  }
  absl::Time Now() const { return engine_ != nullptr ? engine_->now() : options_.start; }
  void Create(const std::string& name, const std::string& definition,
              const std::string& type = "STANDARD") {
    std::vector<asl::Diagnostic> diagnostics;
    const auto created = engine_->CreateMachine(name, definition, "", &diagnostics, type);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  core::ExecutionStatus StatusOf(persistence::ExecutionRef ref) {
    auto live = engine_->Load(ref);
    return live.ok() ? (*live)->state.status() : core::ExecutionStatus::kRunning;
  }

  InProcessOptions options_;  // of the next engine
  persistence::MemoryStore memory_{{[this] { return Now(); }}};
  std::unique_ptr<InProcessEngine> engine_;
};

}  // namespace pawl::runtime
