// Where a case is run: in process in virtual time, or on a real engine.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/conformance/compare.h"

namespace pawl::conformance {

class Engine {
 public:
  virtual ~Engine() = default;
  // Unimplemented: the case needs a feature that this version lacks; the message names it.
  // Other errors: the case could not be run.
  virtual absl::StatusOr<Outcome> Run(const Case& test) = 0;
  // The store of an engine process of a case's own, which may keep its data in `folder`.
  virtual std::string StoreFor(const std::string& folder) const = 0;
};

// The real core and runtime over a store in memory; every transition's replay is verified.
std::unique_ptr<Engine> MakeCoreEngine();

// A real pawl-engine and a real worker, in real time; the engine goes with the object.
std::unique_ptr<Engine> MakeSqliteEngine();
// nullptr where PAWL_TEST_POSTGRES names no server (tools/with-postgres does).
std::unique_ptr<Engine> MakePostgresEngine();

// The feature that `test` needs and this version lacks; "" where there is none.
std::string MissingFeature(const Case& test);

// Details as AWS has them, with payloads parsed as the recordings have them.
Value ParsePayloads(const Value& details);

}  // namespace pawl::conformance
