// The Work stream over gRPC's callback API.
//
// Frames batch by themselves: while one write is in flight, the session gathers what the next one
// says.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "pawl/v1/workers.grpc.pb.h"
#include "worker-sdk/src/dialer.h"
#include "worker-sdk/src/stream.h"

namespace pawl::sdk {
namespace {

int64_t MonotonicNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class GrpcStream final
    : public Stream,
      public grpc::ClientBidiReactor<v1::WorkersWorkRequest, v1::WorkersWorkResponse> {
 public:
  GrpcStream(std::shared_ptr<Session> session, std::function<void(std::string)> ended)
      : session_(std::move(session)), ended_(std::move(ended)) {}

  // Before Start. Errors as Dialer's.
  absl::Status Dial(const Dialer& dialer, const std::string& address) {
    // A channel of its own: its name is looked up again, and gRPC's own backoff does not add to
    // ours.
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);  // as Hello says
    arguments.SetMaxSendMessageSize(-1);  // bounded by the engine's max_frame_bytes
    const absl::StatusOr<std::shared_ptr<grpc::Channel>> dialled = dialer.Dial(address, arguments);
    if (!dialled.ok()) return dialled.status();
    const std::shared_ptr<grpc::Channel>& channel = *dialled;
    // gRPC 1.51 aborts ("prior > 0", ref_counted.h) when the last channel with callback calls goes
    // while its own threads are still at work on it. So the first one stays, idle, for ever.
    static const auto* const kept = new std::shared_ptr<grpc::Channel>(channel);
    static_cast<void>(kept);
    stub_ = v1::Workers::NewStub(channel);
    return dialer.Authorize(&context_);
  }

  void Start() override {
    last_read_ = last_write_ = MonotonicNanos();
    stub_->async()->Work(&context_, this);
    AddHold();  // writes are started from outside of reactions, until Release
    StartRead(&incoming_);
    StartCall();
    is_writing_ = false;
    Wake();
  }

  void Close() override {
    context_.TryCancel();
    Release();
  }

  void Wake() override {
    while (!is_writing_.exchange(true)) {
      if (WriteNext()) return;
      is_writing_ = false;
      // Something may have come in between, whose Wake found us writing.
      if (!session_->has_outgoing()) return;
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Release();
    last_read_ = MonotonicNanos();
    session_->OnFrame(this, &incoming_);
    incoming_.Clear();
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Release();
    if (WriteNext()) return;
    is_writing_ = false;
    if (session_->has_outgoing()) Wake();
  }

  void OnDone(const grpc::Status& status) override {
    // The owner may destroy this stream as soon as it hears of the end. It must not be destroyed
    // here: the last channel of a process joins gRPC's callback threads, of which this is one.
    const std::function<void(std::string)> ended = std::move(ended_);
    ended(status.ok() ? "the engine closed it" : status.error_message());
  }

  absl::Duration since_read() const override {
    return absl::Nanoseconds(MonotonicNanos() - last_read_.load());
  }
  absl::Duration since_write() const override {
    return absl::Nanoseconds(MonotonicNanos() - last_write_.load());
  }

 private:
  // The caller owns is_writing_. False: there is nothing to say.
  bool WriteNext() {
    writing_.Clear();
    if (!session_->Fill(this, &writing_)) return false;
    last_write_ = MonotonicNanos();
    absl::MutexLock lock(&mutex_);
    if (!is_released_) StartWrite(&writing_);
    return true;  // once released, nothing is ever written again
  }

  // No operation may be started any more; OnDone follows when those in flight are over.
  void Release() {
    absl::MutexLock lock(&mutex_);
    if (is_released_) return;
    is_released_ = true;
    RemoveHold();
  }

  const std::shared_ptr<Session> session_;
  std::function<void(std::string)> ended_;
  std::unique_ptr<v1::Workers::Stub> stub_;
  grpc::ClientContext context_;
  v1::WorkersWorkResponse incoming_;
  v1::WorkersWorkRequest writing_;
  std::atomic<bool> is_writing_{true};  // nobody writes before Start
  std::atomic<int64_t> last_read_{0};
  std::atomic<int64_t> last_write_{0};
  absl::Mutex mutex_;
  bool is_released_ ABSL_GUARDED_BY(mutex_) = false;
};

// A stream that could not be opened: ends as soon as it is started.
class FailedStream final : public Stream {
 public:
  FailedStream(const absl::Status& status, std::function<void(std::string)> ended)
      : reason_(status.message()), ended_(std::move(ended)) {}
  void Start() override { ended_(reason_); }
  void Close() override {}
  void Wake() override {}
  absl::Duration since_read() const override { return absl::ZeroDuration(); }
  absl::Duration since_write() const override { return absl::ZeroDuration(); }

 private:
  const std::string reason_;
  const std::function<void(std::string)> ended_;
};

}  // namespace

absl::StatusOr<StreamFactory> GrpcStreams(ConnectOptions connect) {
  const auto dialer = std::make_shared<const Dialer>(std::move(connect));
  if (const absl::Status status = dialer->Check(); !status.ok()) return status;
  return StreamFactory([dialer](const std::string& address, std::shared_ptr<Session> session,
                                std::function<void(std::string)> ended) -> std::shared_ptr<Stream> {
    auto stream = std::make_shared<GrpcStream>(std::move(session), ended);
    const absl::Status status = stream->Dial(*dialer, address);
    if (!status.ok()) return std::make_shared<FailedStream>(status, std::move(ended));
    return stream;
  });
}

}  // namespace pawl::sdk
