#include "worker-sdk/src/connector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::sdk {
namespace {

constexpr int kSilentIntervals = 3;
constexpr absl::Duration kMinTick = absl::Milliseconds(5);
constexpr absl::Duration kMaxTick = absl::Milliseconds(250);

}  // namespace

Connector::Connector(ConnectorOptions options, std::shared_ptr<Session> session, StreamFactory open)
    : options_(std::move(options)),
      session_(std::move(session)),
      open_(std::move(open)),
      backoff_(options_.backoff_initial, options_.backoff_max, options_.seed) {}

Connector::~Connector() { Stop(); }

void Connector::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Connector::Stop() {
  std::shared_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->Close();
  if (thread_.joinable()) thread_.join();
}

bool Connector::is_stopping() const {
  absl::MutexLock lock(&mutex_);
  return is_stopping_;
}

void Connector::Run() {
  // Where a hundred workers start at once, they spread.
  size_t at = options_.seed % options_.addresses.size();
  while (!is_stopping()) {
    if (RunStream(options_.addresses[at])) backoff_.Reset();
    at = (at + 1) % options_.addresses.size();
    const absl::Duration pause = backoff_.Next();
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), pause);
  }
}

bool Connector::RunStream(const std::string& address) {
  auto ending = std::make_shared<Ending>();
  const std::shared_ptr<Stream> stream = open_(address, session_, [ending](std::string reason) {
    absl::MutexLock lock(&ending->mutex);
    ending->has_ended = true;
    ending->reason = std::move(reason);
  });
  session_->Attach(stream);
  stream->Start();
  {
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
  }
  const absl::Time began = absl::Now();
  bool was_welcomed = false;
  std::string problem;  // ours: why it is being closed
  while (true) {
    const Session::LinkState state = session_->link_state();
    if (state.is_welcomed && !was_welcomed) {
      options_.log(absl::StrCat("connected to ", address));
      was_welcomed = true;
    }
    const absl::Duration tick = std::clamp(state.ping_interval / 10, kMinTick, kMaxTick);
    {
      absl::MutexLock lock(&ending->mutex);
      if (ending->mutex.AwaitWithTimeout(absl::Condition(&ending->has_ended), tick)) {
        if (problem.empty()) problem = ending->reason;
        break;
      }
    }
    if (!problem.empty()) continue;  // closed; the end will come
    problem = Check(*stream, address);
    if (!problem.empty()) {
      stream->Close();
    } else if (state.is_welcomed && stream->since_write() > state.ping_interval / 2) {
      session_->Ping();
    }
  }
  was_welcomed = was_welcomed || session_->link_state().is_welcomed;
  session_->Detach(stream.get());
  {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
  }
  if (!is_stopping()) options_.log(absl::StrCat("stream to ", address, " ended: ", problem));
  // A stream that breaks as soon as it stands must not be opened again at once for ever.
  return was_welcomed && absl::Now() - began >= options_.backoff_max;
}

std::string Connector::Check(const Stream& stream, const std::string& address) const {
  if (is_stopping()) return "the worker stops";
  const Session::LinkState state = session_->link_state();
  if (state.is_told_to_go) return absl::StrCat("the engine at ", address, " is going to stop");
  if (!state.is_welcomed) {
    return stream.since_read() > options_.connect_timeout ? "no welcome in time" : "";
  }
  return stream.since_read() > kSilentIntervals * state.ping_interval
             ? "nothing was heard for three ping intervals"
             : "";
}

}  // namespace pawl::sdk
