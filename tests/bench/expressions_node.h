// The reference implementation of JSONata in a node process, as a stopwatch.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>

namespace pawl::bench {

class NodeReference {
 public:
  // Runs `node program` and gives it the input. nullptr where that does not work.
  static std::unique_ptr<NodeReference> Start(const std::string& program,
                                              const std::string& input_json);
  ~NodeReference();

  // Nanoseconds of CPU per evaluation over one window. Blocks for as long.
  double Measure(const std::string& expression);

 private:
  NodeReference(pid_t process, FILE* to, FILE* from) : process_(process), to_(to), from_(from) {}

  const pid_t process_;
  FILE* const to_;
  FILE* const from_;
};

}  // namespace pawl::bench
