#include "cli/exec_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::cli {
namespace {

// A program may leave others behind that hold its pipes open: so long they are still read.
constexpr absl::Duration kDrain = absl::Milliseconds(200);

// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Set(int fd) {
    Close();
    fd_ = fd;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read.Set(ends[0]);
    write.Set(ends[1]);
    return true;
  }
};

absl::Status SystemError(const char* what, int error) {
  char buffer[128] = "";
  const auto code = error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOMEM
                        ? absl::StatusCode::kResourceExhausted
                        : absl::StatusCode::kInternal;
  return absl::Status(code, absl::StrCat(what, ": ", strerror_r(error, buffer, sizeof(buffer))));
}

// The process's own environment without what the job sets, and then that.
std::vector<std::string> EnvironmentOf(const ExecJob& job) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool is_replaced = std::any_of(job.environment.begin(), job.environment.end(),
                                         [&](const auto& own) { return own.first == name; });
    if (!is_replaced) all.push_back(text);
  }
  for (const auto& [name, value] : job.environment) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

class Program {
 public:
  Program(const ExecJob& job, const ExecLimits& limits) : job_(job), limits_(limits) {}

  absl::Status Start() {
    Pipe in, out, err;
    if (!in.Open() || !out.Open() || !err.Open()) return SystemError("cannot make a pipe", errno);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write.get(), STDERR_FILENO);
    // A group of its own, so that what it starts can be killed with it and ^C does not reach it.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> environment = EnvironmentOf(job_);
    std::vector<char*> envp;
    envp.reserve(environment.size() + 1);
    for (std::string& entry : environment) envp.push_back(entry.data());
    envp.push_back(nullptr);
    std::string shell = "/bin/sh", flag = "-c", command = job_.command;
    std::array<char*, 4> argv = {shell.data(), flag.data(), command.data(), nullptr};
    const int error =
        posix_spawn(&pid_, shell.c_str(), &actions, &attributes, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return SystemError("cannot start /bin/sh", error);
    stdin_.Set(dup(in.write.get()));
    stdout_.Set(dup(out.read.get()));
    stderr_.Set(dup(err.read.get()));
    for (const Descriptor* end : {&stdin_, &stdout_, &stderr_}) {
      fcntl(end->get(), F_SETFD, FD_CLOEXEC);
      fcntl(end->get(), F_SETFL, O_NONBLOCK);
    }
    exit_.Set(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    return absl::OkStatus();
  }

  ExecResult Run() {
    if (job_.input.empty()) stdin_.Close();
    next_heartbeat_ = absl::Now() + job_.heartbeat_interval;
    while (!has_exited_ || stdout_.is_open() || stderr_.is_open()) {
      if (has_exited_ && absl::Now() >= drain_until_) break;
      Wait();
      Act(absl::Now());
    }
    if (!has_exited_) Reap(0);
    return std::move(result_);
  }

 private:
  // Sleeps until something can be read or written, the program ends, or a time has come.
  void Wait() {
    absl::Time until = std::min(next_heartbeat_, is_stopping_ ? kill_at_ : job_.deadline);
    if (has_exited_) until = std::min(until, drain_until_);
    const absl::Duration span =
        std::clamp(until - absl::Now(), absl::ZeroDuration(), absl::Seconds(60));
    const int kill_fd = job_.kill_switch == nullptr || is_stopping_ ? -1 : job_.kill_switch->fd();
    std::array<pollfd, 5> fds = {{{stdin_.get(), POLLOUT, 0},
                                  {stdout_.get(), POLLIN, 0},
                                  {stderr_.get(), POLLIN, 0},
                                  {has_exited_ ? -1 : exit_.get(), POLLIN, 0},
                                  {kill_fd, POLLIN, 0}}};
    const auto milliseconds =
        static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(span, absl::Milliseconds(1))));
    poll(fds.data(), fds.size(), milliseconds);
    if (fds[0].revents != 0) WriteInput();
    if (fds[1].revents != 0) ReadOutput();
    if (fds[2].revents != 0) ReadErrors();
    if (fds[3].revents != 0 || !exit_.is_open()) Reap(WNOHANG);
    if (fds[4].revents != 0) Stop(ExecResult::End::kCancelled);
  }

  void Act(absl::Time now) {
    if (now >= job_.deadline && !is_stopping_) Stop(ExecResult::End::kTimedOut);
    if (is_stopping_ && now >= kill_at_) {
      kill(-pid_, SIGKILL);
      kill_at_ = absl::InfiniteFuture();
    }
    if (now >= next_heartbeat_) {
      if (job_.heartbeat != nullptr) job_.heartbeat();
      next_heartbeat_ = now + job_.heartbeat_interval;
    }
  }

  void Stop(ExecResult::End why) {
    if (is_stopping_ || has_exited_) return;
    is_stopping_ = true;
    result_.end = why;
    kill_at_ = absl::Now() + limits_.term_grace;
    kill(-pid_, SIGTERM);
  }

  void WriteInput() {
    const ssize_t n =
        write(stdin_.get(), job_.input.data() + written_, job_.input.size() - written_);
    if (n > 0) written_ += static_cast<size_t>(n);
    // A program need not read its input: a closed pipe is no failure.
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || written_ == job_.input.size())
      stdin_.Close();
  }

  // False at the end of the file.
  static bool Read(const Descriptor& from, std::string* text) {
    char buffer[16 * 1024];
    const ssize_t n = read(from.get(), buffer, sizeof(buffer));
    if (n > 0) text->append(buffer, static_cast<size_t>(n));
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
  }

  void ReadOutput() {
    if (!Read(stdout_, &result_.output)) stdout_.Close();
    if (result_.output.size() > limits_.max_output_bytes) {
      result_.output.clear();
      stdout_.Close();
      Stop(ExecResult::End::kOutputTooLarge);
      if (has_exited_) result_.end = ExecResult::End::kOutputTooLarge;
    }
  }

  void ReadErrors() {
    if (!Read(stderr_, &result_.errors)) stderr_.Close();
    if (result_.errors.size() > 2 * limits_.max_error_bytes || !stderr_.is_open()) TrimErrors();
  }

  void TrimErrors() {
    if (result_.errors.size() <= limits_.max_error_bytes) return;
    result_.errors.erase(0, result_.errors.size() - limits_.max_error_bytes);
  }

  void Reap(int flags) {
    int status = 0;
    if (waitpid(pid_, &status, flags) != pid_) return;
    has_exited_ = true;
    drain_until_ = absl::Now() + kDrain;
    stdin_.Close();
    TrimErrors();
    if (is_stopping_) {
      kill(-pid_, SIGKILL);  // what it started and did not end
      return;
    }
    result_.end = WIFSIGNALED(status) ? ExecResult::End::kSignalled : ExecResult::End::kExited;
    result_.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  }

  const ExecJob& job_;
  const ExecLimits& limits_;
  pid_t pid_ = -1;
  Descriptor stdin_, stdout_, stderr_, exit_;
  size_t written_ = 0;
  bool has_exited_ = false;
  bool is_stopping_ = false;
  absl::Time kill_at_ = absl::InfiniteFuture();
  absl::Time drain_until_ = absl::InfiniteFuture();
  absl::Time next_heartbeat_ = absl::InfiniteFuture();
  ExecResult result_;
};

}  // namespace

KillSwitch::KillSwitch() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
KillSwitch::~KillSwitch() { close(fd_); }

void KillSwitch::Pull() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(fd_, &one, sizeof(one));
}

absl::StatusOr<ExecResult> RunProgram(const ExecJob& job, const ExecLimits& limits) {
  // Writing to a program that has closed its input must be an error, not the end of this process.
  static const auto ignored = signal(SIGPIPE, SIG_IGN);
  static_cast<void>(ignored);
  Program program(job, limits);
  if (absl::Status status = program.Start(); !status.ok()) return status;
  return program.Run();
}

}  // namespace pawl::cli
