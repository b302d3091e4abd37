// A real pawl-engine process, for tests, the benchmark and the crash test: started on ports of its
// own choice, killed without mercy, started again on the same ports and store.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pawl::testing {

// Folder of the built programs: PAWL_BIN, else where this program lies.
std::string BinFolder();

// CPU seconds (user and system) that a process and its threads have used; -1 where it is gone.
double CpuSeconds(pid_t pid);
// The same of all processes whose parent is `pid`, and of `pid` itself (a PostgreSQL server).
double CpuSecondsOfFamily(pid_t pid);
// Resident memory in bytes; -1 where it is gone.
int64_t ResidentBytes(pid_t pid);
// "write_bytes" of /proc/PID/io: what the process had written to disk.
int64_t WrittenBytes(pid_t pid);

// GET http://127.0.0.1:PORT/PATH; the body.
absl::StatusOr<std::string> HttpGet(int port, const std::string& path);
// Sum of all samples of `name` in Prometheus text, whatever their labels.
double MetricValue(const std::string& text, const std::string& name);

class EngineProcess {
 public:
  struct Options {
    std::string store;               // sqlite:FOLDER or postgres://...
    std::vector<std::string> flags;  // besides --store, --listen and --http-listen
    std::string log_path;            // standard error is appended to it; "" = thrown away
    absl::Duration start_timeout = absl::Minutes(2);
  };

  explicit EngineProcess(Options options) : options_(std::move(options)) {}
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;
  ~EngineProcess();

  // Returns when it serves. The first start picks ports, later ones take the same.
  absl::Status Start();
  // SIGKILL, and waits until it is gone.
  void Kill();
  // SIGTERM, and waits for its exit; the exit code, or -1 where it was killed.
  int Stop();

  bool is_running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  int grpc_port() const { return grpc_port_; }
  int http_port() const { return http_port_; }
  std::string address() const;

 private:
  absl::Status WaitUntilServing(int read_fd);

  Options options_;
  pid_t pid_ = -1;
  int grpc_port_ = 0;
  int http_port_ = 0;
};

// Any program in the background; killed with SIGKILL when the object goes.
class Process {
 public:
  explicit Process(std::vector<std::string> command) : command_(std::move(command)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { Kill(); }
  absl::Status Start();
  void Kill();
  int Stop();  // SIGTERM; the exit code
  int Wait();  // for its own end; the exit code, -1 where a signal killed it
  pid_t pid() const { return pid_; }

 private:
  std::vector<std::string> command_;
  pid_t pid_ = -1;
};

// A folder that goes with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace pawl::testing
