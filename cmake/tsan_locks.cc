// absl's locks over those of the C++ library, for the thread sanitizer. The packaged abseil is not
// instrumented: the sanitizer would see no order between one unlock and the next lock, and would take
// everything that is guarded for a race. The definitions here come before those of the shared
// library for the whole process, abseil's own calls included, so that no lock is taken both ways.
//
// A lock's one word points to its State, made when first used. Conditions are evaluated by the
// thread that waits, whenever the lock has been released: slower than abseil's, and the same.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/base/config.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

struct State {
  std::mutex mutex;
  std::condition_variable released;
  int waiting = 0;  // threads that wait for a condition; guarded by mutex
};

template <typename T>
T* Made(std::atomic<intptr_t>& word) {
  intptr_t known = word.load(std::memory_order_acquire);
  if (known == 0) {
    T* made = new T;
    if (word.compare_exchange_strong(known, reinterpret_cast<intptr_t>(made))) return made;
    delete made;
  }
  return reinterpret_cast<T*>(known);
}

template <typename T>
void Delete(std::atomic<intptr_t>& word) {
  delete reinterpret_cast<T*>(word.load(std::memory_order_acquire));
}

void TellOfRelease(State* state) {
  if (state->waiting > 0) state->released.notify_all();
}

// The caller holds the lock. Whoever it wakes may destroy the lock at once, so unlocking comes last.
void Release(State* state) {
  TellOfRelease(state);
  state->mutex.unlock();
}

bool WaitUntil(std::condition_variable& variable, std::unique_lock<std::mutex>& held,
               absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) {
    variable.wait(held);
    return true;
  }
  return variable.wait_for(held, absl::ToChronoNanoseconds(deadline - absl::Now())) ==
         std::cv_status::no_timeout;
}

bool AwaitHeld(State* state, const Condition& condition, absl::Time deadline) {
  if (condition.Eval()) return true;
  TellOfRelease(state);  // what is waited for may hang on what others wait for
  std::unique_lock held(state->mutex, std::adopt_lock);
  ++state->waiting;
  bool is_in_time = true;
  while (!condition.Eval() && is_in_time) {
    is_in_time = WaitUntil(state->released, held, deadline);
  }
  --state->waiting;
  held.release();
  return condition.Eval();
}

}  // namespace

Mutex::~Mutex() { Delete<State>(mu_); }

void Mutex::Lock() { Made<State>(mu_)->mutex.lock(); }
void Mutex::Unlock() { Release(Made<State>(mu_)); }
bool Mutex::TryLock() { return Made<State>(mu_)->mutex.try_lock(); }

void Mutex::Await(const Condition& condition) {
  AwaitHeld(Made<State>(mu_), condition, absl::InfiniteFuture());
}
bool Mutex::AwaitWithDeadline(const Condition& condition, absl::Time deadline) {
  return AwaitHeld(Made<State>(mu_), condition, deadline);
}
bool Mutex::AwaitWithTimeout(const Condition& condition, absl::Duration timeout) {
  return AwaitWithDeadline(condition, absl::Now() + timeout);
}

void Mutex::LockWhen(const Condition& condition) {
  Lock();
  Await(condition);
}
bool Mutex::LockWhenWithDeadline(const Condition& condition, absl::Time deadline) {
  Lock();
  return AwaitWithDeadline(condition, deadline);
}
bool Mutex::LockWhenWithTimeout(const Condition& condition, absl::Duration timeout) {
  Lock();
  return AwaitWithTimeout(condition, timeout);
}

// Readers exclude each other too.
void Mutex::ReaderLock() { Lock(); }
void Mutex::ReaderUnlock() { Unlock(); }
bool Mutex::ReaderTryLock() { return TryLock(); }
void Mutex::ReaderLockWhen(const Condition& condition) { LockWhen(condition); }
bool Mutex::ReaderLockWhenWithDeadline(const Condition& condition, absl::Time deadline) {
  return LockWhenWithDeadline(condition, deadline);
}
bool Mutex::ReaderLockWhenWithTimeout(const Condition& condition, absl::Duration timeout) {
  return LockWhenWithTimeout(condition, timeout);
}

void Mutex::AssertHeld() const {}
void Mutex::AssertNotHeld() const {}
void Mutex::AssertReaderHeld() const {}
void Mutex::EnableInvariantDebugging(void (*)(void*), void*) {}
void Mutex::EnableDebugLog(const char*) {}
void Mutex::ForgetDeadlockInfo() {}

CondVar::~CondVar() { Delete<std::condition_variable>(cv_); }

void CondVar::Wait(Mutex* mutex) { WaitWithDeadline(mutex, absl::InfiniteFuture()); }

bool CondVar::WaitWithDeadline(Mutex* mutex, absl::Time deadline) {
  auto* state = Made<State>(mutex->mu_);
  TellOfRelease(state);
  std::unique_lock held(state->mutex, std::adopt_lock);
  const bool is_in_time = WaitUntil(*Made<std::condition_variable>(cv_), held, deadline);
  held.release();
  return !is_in_time;
}

bool CondVar::WaitWithTimeout(Mutex* mutex, absl::Duration timeout) {
  return WaitWithDeadline(mutex, absl::Now() + timeout);
}

void CondVar::Signal() { Made<std::condition_variable>(cv_)->notify_one(); }
void CondVar::SignalAll() { Made<std::condition_variable>(cv_)->notify_all(); }
void CondVar::EnableDebugLog(const char*) {}

// The shared library's also look at their flags without the lock, where the sanitizer cannot see it.
Notification::~Notification() { MutexLock lock(&mutex_); }

void Notification::Notify() {
  MutexLock lock(&mutex_);
  notified_yet_.store(true, std::memory_order_release);
}

void Notification::WaitForNotification() const {
  WaitForNotificationWithDeadline(absl::InfiniteFuture());
}

bool Notification::WaitForNotificationWithDeadline(absl::Time deadline) const {
  MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(Condition(this, &Notification::HasBeenNotified), deadline);
}

bool Notification::WaitForNotificationWithTimeout(absl::Duration timeout) const {
  return WaitForNotificationWithDeadline(absl::Now() + timeout);
}

BlockingCounter::BlockingCounter(int initial_count)
    : count_(initial_count), num_waiting_(0), done_(initial_count == 0) {}

bool BlockingCounter::DecrementCount() {
  MutexLock lock(&lock_);
  done_ = --count_ == 0;
  return done_;
}

void BlockingCounter::Wait() {
  MutexLock lock(&lock_);
  lock_.Await(Condition(&done_));
}

ABSL_NAMESPACE_END
}  // namespace absl
