#include "worker-sdk/src/crash_reporter.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::sdk {
namespace {

struct CrashSignal {
  int number;
  const char* name;
};
constexpr std::array<CrashSignal, 5> kSignals = {{{SIGSEGV, "SIGSEGV"},
                                                  {SIGBUS, "SIGBUS"},
                                                  {SIGFPE, "SIGFPE"},
                                                  {SIGILL, "SIGILL"},
                                                  {SIGABRT, "SIGABRT"}}};

// What the crashed thread tells the other one.
struct Crash {
  const std::shared_ptr<TaskState>* task;  // null: the reporter ends
  int signal;
};

thread_local const std::shared_ptr<TaskState>* t_task = nullptr;
std::atomic<int> g_write_fd{-1};
std::atomic<bool> g_is_reported{false};
std::array<struct sigaction, kSignals.size()> g_old_actions;

const char* NameOf(int number) {
  for (const CrashSignal& signal : kSignals) {
    if (signal.number == number) return signal.name;
  }
  return "a signal";
}

// Async-signal-safe.
void OnCrash(int number) {
  // Whatever was there before gets the signal when this returns and the instruction is run again.
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i].number == number) sigaction(number, &g_old_actions[i], nullptr);
  }
  if (t_task != nullptr) {
    const Crash crash = {t_task, number};
    constexpr timespec kStep = {0, 5'000'000};
    constexpr int kSteps = 2'200 / 5;  // a little more than kPatience
    if (write(g_write_fd.load(), &crash, sizeof(crash)) == sizeof(crash)) {
      for (int i = 0; i < kSteps && !g_is_reported.load(); ++i) nanosleep(&kStep, nullptr);
    }
  }
  // abort() raises again by itself, a fault happens again by itself; this is for kill().
  raise(number);
}

}  // namespace

CrashReporter::Scope::Scope(const std::shared_ptr<TaskState>& task) { t_task = &task; }
CrashReporter::Scope::~Scope() { t_task = nullptr; }

CrashReporter::CrashReporter(std::shared_ptr<Session> session) : session_(std::move(session)) {
  int fds[2] = {-1, -1};
  if (pipe2(fds, O_CLOEXEC) != 0) return;
  read_fd_ = fds[0];
  g_write_fd = fds[1];
  thread_ = std::thread([this] { Loop(); });
  struct sigaction action = {};
  action.sa_handler = &OnCrash;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i].number, &action, &g_old_actions[i]);
  }
}

CrashReporter::~CrashReporter() {
  if (!thread_.joinable()) return;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i].number, &g_old_actions[i], nullptr);
  }
  const Crash end = {nullptr, 0};
  const ssize_t written = write(g_write_fd.load(), &end, sizeof(end));
  static_cast<void>(written);
  thread_.join();
  close(g_write_fd.exchange(-1));
  close(read_fd_);
}

void CrashReporter::Loop() {
  Crash crash = {};
  while (true) {
    const ssize_t got = read(read_fd_, &crash, sizeof(crash));
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof(crash) || crash.task == nullptr) return;
    const std::shared_ptr<TaskState> task = *crash.task;
    session_->Complete(
        task, Fail(kHandlerCrashed, absl::StrCat("the handler '", task->info().queue, "' died of ",
                                                 NameOf(crash.signal), " in its worker")));
    session_->AwaitAcknowledged(task->info().token, absl::Now() + kPatience);
    g_is_reported = true;
  }
}

}  // namespace pawl::sdk
