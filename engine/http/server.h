// An asynchronous HTTP/1.1 server on one thread of its own: slow, idle and waiting connections cost
// a socket each, never a thread, so they cannot keep others from being answered.
//
//   auto server = http::Server::Start("127.0.0.1:7234", {}, [](http::Request request, auto respond)
//   {
//     respond({200, "text/plain", "ok\n"});
//   });
//
// Connections are kept alive. Requests that arrive on one before the answer to the one before
// (pipelining) wait their turn. Targets may be in absolute form, as proxies send them. TLS is 1.2 or
// later.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string path;    // "/healthz", as sent, without the query
  std::string query;   // behind the first '?', as sent
  Headers headers;
  std::string body;
  std::string peer = {};                 // the client's address: "127.0.0.1:41714"
  std::string certificate_subject = {};  // of its certificate that TLS has verified (RFC 2253)

  // The first header of that name, whatever its case; "" where there is none.
  absl::string_view Header(absl::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain";
  std::string body;
  Headers headers = {};  // besides content-type, content-length, date and connection
};

// Where the answer to one request goes. The server's, or a test's.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // The first answer counts. Thread-safe.
  virtual void Send(Response response) = 0;
  // See Respond::OnGone. Thread-safe.
  virtual void OnGone(std::function<void()> callback) = 0;
};

// Answers a request, once, from any thread. Does nothing where the client has gone; a request whose
// Respond is destroyed unused is answered with 500.
class Respond {
 public:
  Respond() = default;
  explicit Respond(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Respond(Respond&&) noexcept = default;
  Respond& operator=(Respond&&) = delete;
  ~Respond();

  void operator()(Response response) const;
  // Calls `callback` once if the client goes away, or the server stops, while the request waits for
  // its answer; at once if that has happened. Never after the answer. Called on the server's
  // thread: it must not block. Set it at most once: watching a connection has a price, so only
  // requests that may wait long should.
  void OnGone(std::function<void()> callback) const;

 private:
  std::shared_ptr<Exchange> exchange_;
};

// Called on the server's thread: must not block.
using Handler = std::function<void(Request, Respond)>;

// Files are PEM, and read again when they change.
struct TlsOptions {
  std::string certificate_file;  // with those between it and the authority
  std::string key_file;
  // The authorities of clients' certificates. "": clients are not asked for any. A client may show
  // none; one that does not stand the test ends the connection.
  std::string client_ca_file;
  // Called after each attempt to read files that have changed. May be empty.
  std::function<void(const absl::Status&)> on_reload;
};

struct ServerOptions {
  absl::optional<TlsOptions> tls;               // nullopt: plain HTTP
  size_t max_header_bytes = size_t{16} * 1024;  // 431 beyond
  size_t max_body_bytes = size_t{1024} * 1024;  // 413 beyond
  // Of all requests together, from their first byte to the answer; 503 beyond.
  size_t max_total_body_bytes = size_t{64} * 1024 * 1024;
  // Of all answers that are being written; beyond, connections are closed that have taken longest
  // over theirs.
  size_t max_total_answer_bytes = size_t{128} * 1024 * 1024;
  // Beyond, the longest idle one is closed or, where none is idle, the new one.
  int max_connections = 12'000;
  // From one address, so that none takes all. Beyond, a new connection is closed at once. Loopback,
  // where proxies and tests are, counts only if `limits_loopback`.
  int max_connections_per_address = 2'000;
  bool limits_loopback = false;
  absl::Duration idle_timeout = absl::Seconds(75);   // between requests
  absl::Duration read_timeout = absl::Seconds(10);   // of a request from its first byte
  absl::Duration write_timeout = absl::Seconds(10);  // of an answer
  // What a client must reach with large bodies and answers, beside the time-outs above.
  size_t min_bytes_per_second = size_t{64} * 1024;
};

class Server {
 public:
  // `listen` is host:port with a numeric host; port 0 picks a free one. InvalidArgument for another
  // form, Unavailable where it cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& listen,
                                                       const ServerOptions& options,
                                                       Handler handler);
  // Closes all connections; Respond objects that are still held do nothing then.
  virtual ~Server() = default;

  virtual int port() const = 0;
  // Accepts no more, tells requests that wait for long (OnGone), lets those that are being answered
  // end for at most `grace`, closes the rest. Blocks until then.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace pawl::http
