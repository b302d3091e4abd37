// The operations over an engine in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/in_process_engine.h"
#include "engine/service/service.h"
#include "persistence/memory/memory_store.h"

namespace pawl::service {

class ServiceFixture : public ::testing::Test {
 protected:
  explicit ServiceFixture(const runtime::Options& options = {}) : options_(options) {
    EXPECT_TRUE(engine_.Open().ok());
    Serve(Settings());
    context_.ns = "000000000000";
  }
  void Serve(Settings settings) {
    service_ = std::make_unique<Service>(&engine_.node(), std::move(settings));
  }
  void Create(const std::string& name, const std::string& definition,
              const std::string& type = "STANDARD") {
    std::vector<asl::Diagnostic> diagnostics;
    EXPECT_TRUE(engine_.CreateMachine(name, definition, "", &diagnostics, type).ok());
  }

  const runtime::Options options_;
  persistence::MemoryStore store_{{[] { return absl::FromUnixSeconds(1'700'000'000); }}};
  runtime::InProcessEngine engine_{[this] {
    runtime::InProcessOptions options;
    options.store = &store_;
    options.runtime = options_;
    return options;
  }()};
  std::unique_ptr<Service> service_;
  CallContext context_;
};

}  // namespace pawl::service
