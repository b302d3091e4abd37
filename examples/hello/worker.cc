// pawl_hello_worker [HOST:PORT]: serves the task "Greet" until SIGTERM.
#include <cstdio>

#include "greet.h"
#include "pawl/worker.h"

int main(int argc, char** argv) {
  pawl::ConnectOptions connect;
  if (argc > 1) connect.addresses = {argv[1]};
  pawl::Worker worker(HelloHandlers(), connect);
  const absl::Status status = worker.RunUntilSignal();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
