#include "engine/http/session.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/http/keep_watch.h"

namespace pawl::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

// Requests that are sent while one waits are read up to here, so that the end of the connection
// behind them is seen.
constexpr size_t kMaxReadAhead = size_t{64} * 1024;
constexpr size_t kFirstRead = 1024;    // held by an idle connection
constexpr size_t kLargeBuffer = 4096;  // not kept by one
constexpr size_t kLingerRead = 16'384;
constexpr absl::Duration kLinger = absl::Seconds(2);

// "http://host:7234/path?query" as "/path?query".
std::string OriginForm(std::string target) {
  if (target.empty() || target.front() == '/') return target;
  const size_t scheme = target.find("://");
  if (scheme == std::string::npos) return target;
  const size_t path = target.find_first_of("/?", scheme + 3);
  if (path == std::string::npos) return "/";
  return target[path] == '/' ? target.substr(path) : "/" + target.substr(path);
}

std::string PeerOf(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "";
  const std::string host = peer.address().to_string();
  return absl::StrCat(peer.address().is_v6() ? "[" + host + "]" : host, ":", peer.port());
}

// Of the certificate that the client has shown; "" for none. The handshake has verified it.
std::string SubjectOf(SSL* connection) {
  const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(connection),
                                                           &X509_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), &BIO_free);
  if (certificate == nullptr || text == nullptr ||
      X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253) <
          0) {
    return "";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : "";
}

// "Sat, 21 Nov 2026 22:01:28 GMT"
std::string HttpDate(absl::Time now) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
}

}  // namespace

// One request and its answer, which may come from any thread, or when the session has long gone on.
class Session::PendingExchange final : public Exchange,
                                       public std::enable_shared_from_this<PendingExchange> {
 public:
  explicit PendingExchange(std::shared_ptr<Session> session) : session_(std::move(session)) {}

  void Send(Response response) override {
    if (is_sent_.exchange(true)) return;
    session_->shared_->Post([self = shared_from_this(), response = std::move(response)]() mutable {
      self->session_->Answer(self, std::move(response));
    });
  }
  void OnGone(std::function<void()> callback) override {
    session_->shared_->Post([self = shared_from_this(), callback = std::move(callback)]() mutable {
      self->session_->SetGone(self, std::move(callback));
    });
  }

 private:
  const std::shared_ptr<Session> session_;
  std::atomic<bool> is_sent_{false};
};

void Shared::Post(absl::AnyInvocable<void()> work) {
  absl::MutexLock lock(&mutex);
  if (!has_ended) asio::post(context, std::move(work));
}

void Shared::End() {
  absl::MutexLock lock(&mutex);
  has_ended = true;
}

Session::Session(tcp::socket socket, std::shared_ptr<Shared> shared,
                 std::optional<asio::ip::address> counted)
    : shared_(std::move(shared)),
      stream_(std::move(socket)),
      tls_context_(shared_->certificate == nullptr ? nullptr : shared_->certificate->Current()),
      counted_(std::move(counted)) {
  KeepWatch(stream_.socket().native_handle());
  if (tls_context_ != nullptr) tls_.emplace(stream_, *tls_context_);
}

void Session::Begin() {
  if (!tls_.has_value()) return AwaitRequest();
  ExpireAfter(shared_->options.read_timeout, 0);
  tls_->async_handshake(Tls::server, [self = shared_from_this()](error_code error) {
    if (error) return self->Close();
    self->AwaitRequest();
  });
}

void Session::ReadSome(size_t bytes, std::function<void()> then) {
  WithStream([&](auto& stream) {
    stream.async_read_some(
        buffer_.prepare(bytes),
        [self = shared_from_this(), then = std::move(then)](error_code error, size_t read) {
          if (error) return self->Close();
          self->buffer_.commit(read);
          then();
        });
  });
}

void Session::SetIdle(bool is_idle) {
  if (is_idle == idle_.has_value()) return;
  if (is_idle) {
    idle_ = shared_->idle.insert(shared_->idle.end(), this);
  } else {
    shared_->idle.erase(*idle_);
    idle_.reset();
  }
}

void Session::AwaitRequest() {
  SetIdle(true);
  if (shared_->is_stopping) return Close();
  // That read goes on, without a time-out; the connection gives way to new ones if there is no room.
  if (is_reading_ahead_) return;
  if (buffer_.size() > 0) return ReadHeader();  // the next one is here already
  if (buffer_.capacity() > kLargeBuffer) buffer_.shrink_to_fit();
  stream_.expires_after(absl::ToChronoNanoseconds(shared_->options.idle_timeout));
  ReadSome(kFirstRead, [this] { ReadHeader(); });
}

void Session::ReadHeader() {
  SetIdle(false);
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(shared_->options.max_header_bytes));
  parser_->body_limit(shared_->options.max_body_bytes);
  ExpireAfter(shared_->options.read_timeout, 0);
  WithStream([this](auto& stream) {
    beast::http::async_read_header(
        stream, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnHeader(error); });
  });
}

void Session::OnHeader(error_code error) {
  if (error) return RefuseRead(error);
  keeps_alive_ = parser_->get().keep_alive();
  is_head_ = parser_->get().method() == beast::http::verb::head;
  ExpireAfter(shared_->options.read_timeout, parser_->content_length().value_or(0));
  const auto expects = parser_->get()[beast::http::field::expect];
  if (beast::iequals(expects, "100-continue") && !parser_->is_done()) return SendContinue();
  ReadBody();
}

void Session::SendContinue() {
  static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
  WithStream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(kContinue, sizeof kContinue - 1),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (error) return self->Close();
                        self->ReadBody();
                      });
  });
}

void Session::ReadBody() {
  if (parser_->is_done()) return Handle();
  WithStream([this](auto& stream) {
    beast::http::async_read_some(
        stream, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnBody(error); });
  });
}

void Session::OnBody(error_code error) {
  if (error) return RefuseRead(error);
  if (!CountBody(parser_->get().body().size())) {
    return Refuse(503, "the bodies of all requests together are too large now; try again\n");
  }
  ReadBody();
}

bool Session::CountBody(size_t bytes) {
  shared_->body_bytes += bytes - body_bytes_;
  body_bytes_ = bytes;
  return shared_->body_bytes <= shared_->options.max_total_body_bytes;
}

void Session::CountAnswer(size_t bytes) {
  shared_->answer_bytes += bytes - answer_bytes_;
  answer_bytes_ = bytes;
  if (writing_.has_value()) {
    shared_->writing.erase(*writing_);
    writing_.reset();
  }
  if (bytes == 0) return;
  writing_ = shared_->writing.insert(shared_->writing.end(), this);
  while (shared_->answer_bytes > shared_->options.max_total_answer_bytes &&
         shared_->writing.front() != this) {
    shared_->writing.front()->Close();
  }
}

void Session::ExpireAfter(absl::Duration timeout, size_t bytes) {
  const auto seconds =
      static_cast<double>(bytes) / static_cast<double>(shared_->options.min_bytes_per_second);
  stream_.expires_after(absl::ToChronoNanoseconds(timeout + absl::Seconds(seconds)));
}

void Session::Handle() {
  // The answer may take as long as it likes.
  stream_.expires_never();
  pending_ = std::make_shared<PendingExchange>(shared_from_this());
  Request request = TakeRequest();
  parser_.reset();
  if (buffer_.size() == 0) buffer_.shrink_to_fit();
  shared_->handler(std::move(request), Respond(pending_));
}

Request Session::TakeRequest() {
  auto message = parser_->release();
  Request request;
  request.peer = PeerOf(stream_.socket());
  if (tls_.has_value()) request.certificate_subject = SubjectOf(tls_->native_handle());
  request.method = std::string(message.method_string());
  const std::string target = OriginForm(std::string(message.target()));
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

void Session::RefuseRead(error_code error) {
  if (error == beast::http::error::body_limit) return Refuse(413, "the body is too large\n");
  if (error == beast::http::error::header_limit) return Refuse(431, "the header is too large\n");
  const bool is_parse_error =
      error.category() == beast::http::make_error_code(beast::http::error::bad_method).category();
  if (is_parse_error && error != beast::http::error::end_of_stream &&
      error != beast::http::error::partial_message) {
    return Refuse(400, "this is not HTTP/1.1\n");
  }
  Close();
}

void Session::Refuse(int status, const char* text) {
  keeps_alive_ = false;
  is_refused_ = true;
  Write({status, "text/plain", text, {}});
}

void Session::Answer(const std::shared_ptr<PendingExchange>& exchange, Response response) {
  if (is_closed_ || pending_ != exchange) return;  // answered, or the client has gone
  pending_.reset();
  on_gone_ = nullptr;
  Write(std::move(response));
}

void Session::Write(Response response) {
  using beast::http::field;
  answer_ = {};
  answer_.result(static_cast<unsigned>(response.status));
  answer_.keep_alive(keeps_alive_ && !shared_->is_stopping);
  if (answer_.keep_alive()) answer_.set(field::connection, "keep-alive");
  answer_.set(field::date, HttpDate(absl::Now()));
  answer_.set(field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) answer_.insert(name, value);
  answer_.content_length(response.body.size());
  ExpireAfter(shared_->options.write_timeout, response.body.size());
  if (!is_head_) answer_.body() = std::move(response.body);
  CountAnswer(answer_.body().size());
  serializer_.emplace(answer_);
  const auto done = [self = shared_from_this()](error_code error, size_t) {
    self->OnWritten(error);
  };
  WithStream([&](auto& stream) {
    if (is_head_) {
      beast::http::async_write_header(stream, *serializer_, done);
    } else {
      beast::http::async_write(stream, *serializer_, done);
    }
  });
}

void Session::OnWritten(error_code error) {
  const bool goes_on = !error && answer_.keep_alive();
  serializer_.reset();
  answer_ = {};
  CountAnswer(0);
  CountBody(0);
  if (goes_on) return AwaitRequest();
  if (error || !is_refused_) return Close();
  stream_.socket().shutdown(tcp::socket::shutdown_send, error);
  stream_.expires_after(absl::ToChronoNanoseconds(kLinger));
  Linger();
}

void Session::Linger() {
  buffer_.clear();
  ReadSome(kLingerRead, [this] { Linger(); });
}

void Session::SetGone(const std::shared_ptr<PendingExchange>& exchange,
                      std::function<void()> callback) {
  if (is_closed_ || shared_->is_stopping) return callback();
  if (pending_ != exchange) return;  // answered
  on_gone_ = std::move(callback);
  WatchForGone();
}

void Session::WatchForGone() {
  if (tls_.has_value()) return WatchTlsForGone();
  stream_.socket().async_wait(tcp::socket::wait_read,
                              [self = shared_from_this(), exchange = pending_](error_code error) {
                                if (self->pending_ == exchange && exchange != nullptr)
                                  self->OnReadable(error);
                              });
}

void Session::OnReadable(error_code error) {
  if (is_closed_ || !on_gone_) return;
  const size_t available = error ? 0 : stream_.socket().available(error);
  // A client that has closed its side has gone: nobody who waits for an answer does that.
  if (error || available == 0) return Close();
  if (buffer_.size() + available > kMaxReadAhead) return;  // its end is seen after the answer
  const size_t read = stream_.socket().read_some(buffer_.prepare(available), error);
  if (error) return Close();
  buffer_.commit(read);
  WatchForGone();
}

void Session::WatchTlsForGone() {
  // Where the next request has begun to come, the end behind it is seen after the answer.
  if (is_reading_ahead_ || buffer_.size() > 0) return;
  is_reading_ahead_ = true;
  ReadSome(kFirstRead, [this] {
    is_reading_ahead_ = false;
    if (idle_.has_value()) ReadHeader();  // the answer has been written meanwhile
  });
}

void Session::TellGone() {
  if (on_gone_) std::exchange(on_gone_, nullptr)();
}

void Session::Shut() {
  if (idle_.has_value()) return Close();
  TellGone();
}

void Session::Close() {
  if (std::exchange(is_closed_, true)) return;
  const auto self = shared_from_this();
  pending_.reset();
  SetIdle(false);
  CountAnswer(0);
  CountBody(0);
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
  TellGone();
  if (counted_.has_value() && --shared_->connections[*counted_] == 0) {
    shared_->connections.erase(*counted_);
  }
  // Held by what is under way, if anything is.
  shared_->sessions.erase(self);
  if (shared_->sessions.empty() && shared_->on_empty) {
    std::exchange(shared_->on_empty, nullptr)();
  }
}

}  // namespace pawl::http
