#include "worker-sdk/src/integration/engine_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace pawl::sdk {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(60);

[[noreturn]] void Die(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  abort();
}

}  // namespace

std::string FindProgram(const char* variable, const std::string& program) {
  const char* path = getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  if (path != nullptr) return path;
  return std::filesystem::read_symlink("/proc/self/exe").replace_filename(program).string();
}

EngineProcess::EngineProcess(std::vector<std::string> flags) : flags_(std::move(flags)) {
  std::string folder = (std::filesystem::temp_directory_path() / "pawl-sdk-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a temporary folder");
  folder_ = folder;
  Start();
}

EngineProcess::~EngineProcess() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string EngineProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

void EngineProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void EngineProcess::Start() {
  const std::string binary = FindProgram("PAWL_ENGINE", "pawl-engine");
  std::vector<std::string> arguments = {binary,
                                        "--store",
                                        absl::StrCat("sqlite:", folder_, "/data"),
                                        "--listen",
                                        absl::StrCat("127.0.0.1:", port_),
                                        "--http-listen",
                                        "127.0.0.1:0",
                                        "--node-name",
                                        "test"};
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string log = folder_ + "/log";
  pid_ = fork();
  if (pid_ == 0) {
    // Only what is safe between fork and exec of a process with threads.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, 1);
    dup2(fd, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
  const absl::Time limit = absl::Now() + kStartLimit;
  while (ReadPort() == 0) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_ || absl::Now() > limit) {
      Die(absl::StrCat(binary, " does not serve (is PAWL_ENGINE right?):\n", ReadLog()));
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  port_ = ReadPort();
}

std::string EngineProcess::ReadLog() const {
  std::ifstream file(folder_ + "/log");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int EngineProcess::ReadPort() const {
  static constexpr char kField[] = "grpc_port=\"";
  const std::string log = ReadLog();
  const size_t serving = log.find(" serving ");
  const size_t begin = log.find(kField, serving == std::string::npos ? log.size() : serving);
  if (begin == std::string::npos) return 0;
  const size_t digits = begin + sizeof(kField) - 1;
  const size_t end = log.find('"', digits);
  int port = 0;
  return end != std::string::npos && absl::SimpleAtoi(log.substr(digits, end - digits), &port)
             ? port
             : 0;
}

}  // namespace pawl::sdk
