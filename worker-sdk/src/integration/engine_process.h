// A pawl-engine of its own for a test: the real binary, a data folder, a port that it picks itself.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pawl::sdk {

// Where `program` lies: $variable, or the folder of this test.
std::string FindProgram(const char* variable, const std::string& program);

// Thread-compatible. Failures to start abort the test program with the engine's log.
class EngineProcess {
 public:
  // The binary is $PAWL_ENGINE, or pawl-engine beside this test. `flags` are added to the usual
  // ones.
  explicit EngineProcess(std::vector<std::string> flags = {});
  ~EngineProcess();  // Kill, and removes the data folder
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  // HOST:PORT, the same over restarts.
  std::string address() const;
  // SIGKILL: nothing is finished, nothing is said.
  void Kill();
  // On the same port and folder.
  void Start();

 private:
  // Of the last "serving" line of the log; 0 where there is none yet.
  int ReadPort() const;
  std::string ReadLog() const;

  const std::vector<std::string> flags_;
  std::string folder_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace pawl::sdk
