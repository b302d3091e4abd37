// One connection of the server. Internal to engine/http; everything here runs on the server's
// thread but Exchange, which any thread may call.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "engine/http/server.h"
#include "engine/http/tls.h"

namespace pawl::http {

class Session;

// What the sessions share. It lives as long as the last of them, which may be longer than the
// server: an answer may come late.
struct Shared {
  boost::asio::io_context context{1};
  ServerOptions options;
  std::unique_ptr<TlsCertificate> certificate;  // null: plain HTTP
  Handler handler;
  std::set<std::shared_ptr<Session>> sessions;
  std::map<boost::asio::ip::address, int> connections;  // by client, as far as they are limited
  std::list<Session*> idle;     // those between requests, the longest idle first
  size_t body_bytes = 0;        // of all requests that are read or answered
  std::list<Session*> writing;  // those whose answer is not yet taken, the slowest first
  size_t answer_bytes = 0;      // of their answers
  bool is_stopping = false;
  std::function<void()> on_empty;  // when stopping and the last session has gone

  // Runs `work` on the server's thread; drops it where that has ended. Thread-safe.
  void Post(absl::AnyInvocable<void()> work);
  // Post drops everything from now on. Thread-safe.
  void End();

 private:
  absl::Mutex mutex;
  bool has_ended ABSL_GUARDED_BY(mutex) = false;
};

// Waits for a request, reads it, waits for its answer, writes it, and so on. While a request waits
// for its answer no buffer and no parser is held: 10,000 of them are little more than sockets.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `counted` is its entry in Shared::connections, if it has one.
  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared,
          std::optional<boost::asio::ip::address> counted);

  // Shakes hands, if over TLS, and waits for the first request.
  void Begin();
  // While stopping: closes now, or once the request under way is answered, which is told if it
  // wants to know.
  void Shut();
  void Close();

 private:
  class PendingExchange;
  using error_code = boost::system::error_code;

  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  // Calls `run` with the stream that requests come from.
  template <typename Run>
  void WithStream(Run run) {
    if (tls_.has_value()) {
      run(*tls_);
    } else {
      run(stream_);
    }
  }
  void ReadSome(size_t bytes, std::function<void()> then);
  // For the first request, or the next.
  void AwaitRequest();
  void SetIdle(bool is_idle);
  void ReadHeader();
  void OnHeader(error_code error);
  void SendContinue();
  void ReadBody();
  void OnBody(error_code error);
  void Handle();
  Request TakeRequest();
  void RefuseRead(error_code error);
  void Refuse(int status, const char* text);

  void Answer(const std::shared_ptr<PendingExchange>& exchange, Response response);
  void Write(Response response);
  void OnWritten(error_code error);
  // Reads what the client still sends, for a moment: closed before that, the connection would be
  // reset and the answer lost.
  void Linger();

  void SetGone(const std::shared_ptr<PendingExchange>& exchange, std::function<void()> callback);
  void WatchForGone();
  // Over TLS bytes tell nothing until they are read.
  void WatchTlsForGone();
  // The client has sent something while its request waits, or has gone.
  void OnReadable(error_code error);
  void TellGone();

  // Counts the bytes of the body so far; false where all bodies together are too many.
  bool CountBody(size_t bytes);
  // From now on this session's answer has so many bytes; 0: it is taken. Closes others that have
  // taken longer over theirs where all answers together are too many.
  void CountAnswer(size_t bytes);
  void ExpireAfter(absl::Duration timeout, size_t bytes);

  const std::shared_ptr<Shared> shared_;  // has the context that stream_ lives in
  boost::beast::tcp_stream stream_;
  const std::shared_ptr<boost::asio::ssl::context> tls_context_;  // that tls_ lives by
  std::optional<Tls> tls_;                                        // on stream_; nullopt: plain HTTP
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> answer_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>>
      serializer_;
  std::shared_ptr<PendingExchange> pending_;  // the request that waits for its answer
  std::function<void()> on_gone_;
  size_t body_bytes_ = 0;
  size_t answer_bytes_ = 0;
  std::optional<std::list<Session*>::iterator> writing_;  // its place while it writes
  bool keeps_alive_ = false;
  bool is_head_ = false;
  std::optional<std::list<Session*>::iterator> idle_;  // its place while it is between requests
  bool is_refused_ = false;                            // the rest of the request has not been read
  bool is_reading_ahead_ = false;                      // over TLS, while a request waits
  std::optional<boost::asio::ip::address> counted_;    // in Shared::connections
  bool is_closed_ = false;
};

}  // namespace pawl::http
