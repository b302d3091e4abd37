// A worker whose handlers die: crashing_worker HOST:PORT
#include <csignal>
#include <cstdlib>

#include "pawl/worker.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  pawl::Handlers handlers;
  handlers.Add("Segfault", [](const pawl::Task&) -> pawl::TaskResult {
    raise(SIGSEGV);
    return pawl::Succeed();
  });
  handlers.Add("Abort", [](const pawl::Task&) -> pawl::TaskResult { abort(); });
  pawl::Worker worker(handlers, {.addresses = {argv[1]}}, {.name = "crasher"});
  return worker.RunUntilSignal().ok() ? 0 : 1;
}
