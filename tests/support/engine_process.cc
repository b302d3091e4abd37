#include "tests/support/engine_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace pawl::testing {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The child dies with its parent: a test that crashes leaves nothing behind.
pid_t Spawn(const std::vector<std::string>& command, int stderr_fd) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (stderr_fd >= 0) dup2(stderr_fd, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The value of key="VALUE" in a log line.
std::string LogField(const std::string& line, const std::string& key) {
  const size_t begin = line.find(absl::StrCat(" ", key, "=\""));
  if (begin == std::string::npos) return "";
  const size_t from = begin + key.size() + 3;
  return line.substr(from, line.find('"', from) - from);
}

}  // namespace

std::string BinFolder() {
  if (const char* folder = std::getenv("PAWL_BIN")) return folder;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

double CpuSeconds(pid_t pid) {
  const std::string text = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return -1;
  const std::vector<std::string> fields = absl::StrSplit(text.substr(end_of_name + 2), ' ');
  double user = 0, system = 0;
  if (fields.size() < 13 || !absl::SimpleAtod(fields[11], &user) ||
      !absl::SimpleAtod(fields[12], &system)) {
    return -1;
  }
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double CpuSecondsOfFamily(pid_t pid) {
  double total = std::max(0.0, CpuSeconds(pid));
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    int child = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &child)) continue;
    const std::string text = ReadFile(absl::StrCat("/proc/", child, "/stat"));
    const size_t end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) continue;
    const std::vector<std::string> fields = absl::StrSplit(text.substr(end_of_name + 2), ' ');
    if (fields.size() > 1 && fields[1] == absl::StrCat(pid))
      total += std::max(0.0, CpuSeconds(child));
  }
  return total;
}

int64_t ResidentBytes(pid_t pid) {
  const std::vector<std::string> fields =
      absl::StrSplit(ReadFile(absl::StrCat("/proc/", pid, "/statm")), ' ');
  int64_t pages = 0;
  if (fields.size() < 2 || !absl::SimpleAtoi(fields[1], &pages)) return -1;
  return pages * sysconf(_SC_PAGESIZE);
}

int64_t WrittenBytes(pid_t pid) {
  for (absl::string_view line :
       absl::StrSplit(ReadFile(absl::StrCat("/proc/", pid, "/io")), '\n')) {
    int64_t bytes = 0;
    if (absl::StartsWith(line, "write_bytes: ") && absl::SimpleAtoi(line.substr(13), &bytes)) {
      return bytes;
    }
  }
  return -1;
}

absl::StatusOr<std::string> HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return absl::UnavailableError(absl::StrCat("nobody listens on port ", port));
  }
  const std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::string response;
  if (write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    char buffer[65536];
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
      response.append(buffer, static_cast<size_t>(n));
    }
  }
  close(fd);
  const size_t body = response.find("\r\n\r\n");
  if (body == std::string::npos) return absl::UnavailableError("no HTTP response");
  return response.substr(body + 4);
}

double MetricValue(const std::string& text, const std::string& name) {
  double total = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, name)) continue;
    const char after = line.size() > name.size() ? line[name.size()] : '\0';
    if (after != ' ' && after != '{') continue;
    double value = 0;
    if (absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) total += value;
  }
  return total;
}

std::string EngineProcess::address() const { return absl::StrCat("127.0.0.1:", grpc_port_); }

EngineProcess::~EngineProcess() { Kill(); }

absl::Status EngineProcess::Start() {
  int log_pipe[2];
  if (pipe2(log_pipe, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  std::vector<std::string> command = {absl::StrCat(BinFolder(), "/pawl-engine"),
                                      absl::StrCat("--store=", options_.store),
                                      absl::StrCat("--listen=127.0.0.1:", grpc_port_),
                                      absl::StrCat("--http-listen=127.0.0.1:", http_port_)};
  command.insert(command.end(), options_.flags.begin(), options_.flags.end());
  pid_ = Spawn(command, log_pipe[1]);
  close(log_pipe[1]);
  const absl::Status status = WaitUntilServing(log_pipe[0]);
  if (!status.ok()) {
    close(log_pipe[0]);
    Kill();
  }
  return status;
}

// Reads the log until the line "serving"; a helper process copies the rest to the log file, so that
// a full pipe never stops the engine.
absl::Status EngineProcess::WaitUntilServing(int fd) {
  const absl::Time deadline = absl::Now() + options_.start_timeout;
  std::string text;
  while (absl::Now() < deadline) {
    pollfd waiting = {fd, POLLIN, 0};
    if (poll(&waiting, 1, 200) == 0) continue;
    char buffer[4096];
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n <= 0) return absl::InternalError(absl::StrCat("the engine did not start: ", text));
    text.append(buffer, static_cast<size_t>(n));
    const size_t at = text.find(" serving ");
    const size_t end = at == std::string::npos ? at : text.find('\n', at);
    if (end == std::string::npos) continue;
    const std::string line = text.substr(at, end - at);
    if (!absl::SimpleAtoi(LogField(line, "grpc_port"), &grpc_port_) ||
        !absl::SimpleAtoi(LogField(line, "http_port"), &http_port_)) {
      return absl::InternalError(absl::StrCat("unexpected log line: ", line));
    }
    const std::string path = options_.log_path.empty() ? "/dev/null" : options_.log_path;
    const int out = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (write(out, text.data(), text.size()) < 0)
      return absl::InternalError("cannot write the log");
    const pid_t copier = fork();
    if (copier == 0) {
      // Two forks: nobody has to wait for it. A program of its own: a mere copy of this process
      // would hold all its sockets open, and no peer would ever see one closed.
      if (fork() != 0) _exit(0);
      dup2(fd, STDIN_FILENO);
      dup2(out, STDOUT_FILENO);
      execl("/bin/cat", "cat", nullptr);
      _exit(127);
    }
    WaitFor(copier);
    close(out);
    close(fd);
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError(absl::StrCat("the engine does not serve: ", text));
}

void EngineProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  WaitFor(pid_);
  pid_ = -1;
}

int EngineProcess::Stop() {
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  const int code = WaitFor(pid_);
  pid_ = -1;
  return code;
}

absl::Status Process::Start() {
  pid_ = Spawn(command_, -1);
  return pid_ > 0 ? absl::OkStatus() : absl::InternalError("fork failed");
}

void Process::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  WaitFor(pid_);
  pid_ = -1;
}

int Process::Stop() {
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  return Wait();
}

int Process::Wait() {
  if (pid_ <= 0) return -1;
  const int code = WaitFor(pid_);
  pid_ = -1;
  return code;
}

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "pawl-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace pawl::testing
