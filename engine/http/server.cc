#include "engine/http/server.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <future>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pawl::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

class Session;

// What the sessions share. Touched on the server's thread only.
struct Shared {
  ServerOptions options;
  Handler handler;
  std::set<std::shared_ptr<Session>> sessions;
  bool is_stopping = false;
  std::function<void()> on_empty;  // when stopping and the last session has gone
};

// One connection: reads a request, waits for its answer, writes it, reads the next.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const std::shared_ptr<Shared>& shared)
      : stream_(std::move(socket)), shared_(shared) {}

  void Read() {
    if (Shut()) return;
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(shared_->options.max_header_bytes));
    parser_->body_limit(shared_->options.max_body_bytes);
    stream_.expires_after(absl::ToChronoNanoseconds(shared_->options.read_timeout));
    beast::http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnRead(error); });
  }

  // While stopping: closes now, unless a request is being answered.
  bool Shut() {
    if (!shared_->is_stopping || is_answering_) return false;
    Close();
    return true;
  }

  void Close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    // Held by what is under way, if anything is.
    shared_->sessions.erase(shared_from_this());
    if (shared_->sessions.empty() && shared_->on_empty) {
      std::exchange(shared_->on_empty, nullptr)();
    }
  }

 private:
  void OnRead(error_code error) {
    if (error == beast::http::error::body_limit) return Refuse(413, "the body is too large\n");
    if (error == beast::http::error::header_limit) return Refuse(431, "the header is too large\n");
    if (error.category() ==
            beast::http::make_error_code(beast::http::error::bad_method).category() &&
        error != beast::http::error::end_of_stream &&
        error != beast::http::error::partial_message) {
      return Refuse(400, "this is not HTTP/1.1\n");
    }
    if (error) return Close();
    keeps_alive_ = parser_->get().keep_alive();
    is_head_ = parser_->get().method() == beast::http::verb::head;
    is_answering_ = true;
    // The answer may take as long as it likes.
    stream_.expires_never();
    shared_->handler(TakeRequest(), MakeRespond());
  }

  Request TakeRequest() {
    auto message = parser_->release();
    Request request;
    request.method = std::string(message.method_string());
    const std::string target(message.target());
    const size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    return request;
  }

  // Answers when it is called or, with 500, when it is dropped.
  class Responder {
   public:
    explicit Responder(std::shared_ptr<Session> session) : session_(std::move(session)) {}
    Responder(Responder&& other) noexcept : session_(std::move(other.session_)) {}
    Responder& operator=(Responder&&) = delete;
    ~Responder() { Send({500, "text/plain", "the request was dropped\n"}); }
    void operator()(Response response) { Send(std::move(response)); }

   private:
    void Send(Response response) {
      const std::shared_ptr<Session> session = std::exchange(session_, nullptr);
      if (session == nullptr) return;
      asio::post(session->stream_.get_executor(),
                 [session, response = std::move(response)]() mutable {
                   session->Write(std::move(response));
                 });
    }
    std::shared_ptr<Session> session_;
  };
  Respond MakeRespond() { return Responder(shared_from_this()); }

  void Refuse(int status, const char* text) {
    keeps_alive_ = false;
    is_answering_ = true;
    Write({status, "text/plain", text});
  }

  void Write(Response response) {
    answer_ = {};
    answer_.result(static_cast<unsigned>(response.status));
    answer_.set(beast::http::field::content_type, response.content_type);
    answer_.keep_alive(keeps_alive_ && !shared_->is_stopping);
    answer_.content_length(response.body.size());
    if (!is_head_) answer_.body() = std::move(response.body);
    stream_.expires_after(absl::ToChronoNanoseconds(shared_->options.write_timeout));
    serializer_.emplace(answer_);
    const auto done = [self = shared_from_this()](error_code error, size_t) {
      self->is_answering_ = false;
      if (error || !self->answer_.keep_alive()) return self->Close();
      self->Read();
    };
    if (is_head_) {
      beast::http::async_write_header(stream_, *serializer_, done);
    } else {
      beast::http::async_write(stream_, *serializer_, done);
    }
  }

  beast::tcp_stream stream_;
  const std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  beast::http::response<beast::http::string_body> answer_;
  std::optional<beast::http::response_serializer<beast::http::string_body>> serializer_;
  bool keeps_alive_ = false;
  bool is_head_ = false;
  bool is_answering_ = false;
};

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Handler handler)
      : acceptor_(context_), pause_(context_), shared_(std::make_shared<Shared>()) {
    shared_->options = options;
    shared_->handler = std::move(handler);
  }
  ~AsioServer() override { Stop(absl::ZeroDuration()); }

  absl::Status Bind(const std::string& listen) {
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
    thread_ = std::thread([this] { context_.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void Stop(absl::Duration grace) override {
    if (!thread_.joinable()) return;
    std::promise<void> empty;
    asio::post(context_, [this, &empty] {
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
      asio::post(context_, [this, &closed] {
        shared_->on_empty = nullptr;
        const auto sessions = shared_->sessions;
        for (const auto& session : sessions) session->Close();
        closed.set_value();
      });
      closed.get_future().wait();
    }
    context_.stop();
    thread_.join();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();  // out of descriptors, perhaps
      if (static_cast<int>(shared_->sessions.size()) < shared_->options.max_connections) {
        auto session = std::make_shared<Session>(std::move(socket), shared_);
        shared_->sessions.insert(session);
        session->Read();
      }
      Accept();
    });
  }

  void AcceptLater() {
    pause_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
    pause_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) Accept();
    });
  }

  asio::io_context context_{1};
  // Requests that wait for their answers are no work in Asio's eyes.
  const asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  const std::shared_ptr<Shared> shared_;
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

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& listen,
                                                      const ServerOptions& options,
                                                      Handler handler) {
  auto server = std::make_unique<AsioServer>(options, std::move(handler));
  absl::Status status = server->Bind(listen);
  if (!status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace pawl::http
