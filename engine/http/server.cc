#include "engine/http/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/http/session.h"

namespace pawl::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Handler handler)
      : shared_(std::make_shared<Shared>()),
        work_(shared_->context.get_executor()),
        acceptor_(shared_->context),
        pause_(shared_->context) {
    shared_->options = options;
    shared_->handler = std::move(handler);
  }
  ~AsioServer() override { Stop(absl::ZeroDuration()); }

  absl::Status Bind(const std::string& listen) {
    if (shared_->options.tls.has_value()) {
      auto certificate = TlsCertificate::Load(*shared_->options.tls);
      if (!certificate.ok()) return certificate.status();
      shared_->certificate = *std::move(certificate);
    }
    const size_t colon = listen.rfind(':');
    uint32_t port = 0;
    error_code error;
    asio::ip::address address;
    if (colon != std::string::npos) {
      std::string host = listen.substr(0, colon);
      if (host == "localhost") host = "127.0.0.1";
      if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
      address = asio::ip::make_address(host.empty() ? "0.0.0.0" : host, error);
    }
    if (colon == std::string::npos || error || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
        port > 65535) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot listen on '", listen,
                       "' for HTTP: give a numeric address and a port of 0 to "
                       "65535, such as 127.0.0.1:7234"));
    }
    const tcp::endpoint endpoint(address, static_cast<uint16_t>(port));
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", listen, " for HTTP (",
                                                 error.message(),
                                                 "): choose another address with --http-listen"));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { shared_->context.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void Stop(absl::Duration grace) override {
    if (!thread_.joinable()) return;
    std::promise<void> empty;
    asio::post(shared_->context, [this, &empty] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      shared_->is_stopping = true;
      shared_->on_empty = [&empty] { empty.set_value(); };
      const auto sessions = shared_->sessions;
      for (const auto& session : sessions) session->Shut();
      if (shared_->sessions.empty() && shared_->on_empty) {
        std::exchange(shared_->on_empty, nullptr)();
      }
    });
    auto done = empty.get_future();
    if (done.wait_for(absl::ToChronoNanoseconds(grace)) != std::future_status::ready) {
      std::promise<void> closed;
      asio::post(shared_->context, [this, &closed] {
        shared_->on_empty = nullptr;
        const auto sessions = shared_->sessions;
        for (const auto& session : sessions) session->Close();
        closed.set_value();
      });
      closed.get_future().wait();
    }
    shared_->context.stop();
    thread_.join();
    // What is queued keeps its session, and so the context, alive: it must go.
    shared_->End();
    shared_->context.restart();
    shared_->context.poll();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();  // out of descriptors, perhaps
      const tcp::endpoint peer = socket.remote_endpoint(error);
      const bool is_limited =
          !error && (shared_->options.limits_loopback || !peer.address().is_loopback());
      if (!(is_limited && IsFull(peer.address())) && MakeRoom()) {
        std::optional<asio::ip::address> counted;
        if (is_limited) counted = peer.address();
        if (is_limited) ++shared_->connections[peer.address()];
        auto session = std::make_shared<Session>(std::move(socket), shared_, std::move(counted));
        shared_->sessions.insert(session);
        session->Begin();
      }
      Accept();
    });
  }

  bool IsFull(const asio::ip::address& address) const {
    const auto found = shared_->connections.find(address);
    return found != shared_->connections.end() &&
           found->second >= shared_->options.max_connections_per_address;
  }

  // An idle connection gives way to a new one; a client opens it again when it needs it.
  bool MakeRoom() {
    const auto max = static_cast<size_t>(shared_->options.max_connections);
    if (shared_->sessions.size() >= max && !shared_->idle.empty()) shared_->idle.front()->Close();
    return shared_->sessions.size() < max;
  }

  void AcceptLater() {
    pause_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
    pause_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  const std::shared_ptr<Shared> shared_;
  // Requests that wait for their answers are no work in Asio's eyes.
  const asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

absl::string_view Request::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

Respond::~Respond() {
  if (exchange_ != nullptr) exchange_->Send({500, "text/plain", "the request was dropped\n", {}});
}

void Respond::operator()(Response response) const {
  if (exchange_ != nullptr) exchange_->Send(std::move(response));
}

void Respond::OnGone(std::function<void()> callback) const {
  if (exchange_ != nullptr) exchange_->OnGone(std::move(callback));
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& listen,
                                                      const ServerOptions& options,
                                                      Handler handler) {
  auto server = std::make_unique<AsioServer>(options, std::move(handler));
  absl::Status status = server->Bind(listen);
  if (!status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pawl::http
