// Which of a case's mocks answers the next call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

struct MockCall {
  std::string machine;  // whose state it is
  std::string state;
  std::string queue;
  Value input;
};

// Thread-compatible. `mocks` outlives it.
class MockPlayer {
 public:
  explicit MockPlayer(const Mocks& mocks) : mocks_(mocks) {}

  // Valid as long as the mocks. NotFound, in words for the writer of the test, where none answers.
  absl::StatusOr<const MockAnswer*> Next(const MockCall& call);

 private:
  struct Used {
    int64_t calls = 0;
    std::vector<int64_t> by_answer;
  };
  const Mock* Find(const MockCall& call) const;

  const Mocks& mocks_;
  std::map<const Mock*, Used> used_;
};

}  // namespace pawl::machine_test
