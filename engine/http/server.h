// An asynchronous HTTP/1.1 server on one thread of its own: slow, idle and waiting connections cost
// a socket each, never a thread, so they cannot keep others from being answered.
//
//   auto server = http::Server::Start("127.0.0.1:7234", {}, [](http::Request request, auto respond)
//   {
//     respond({200, "text/plain", "ok\n"});
//   });
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pawl::http {

struct Request {
  std::string method;  // "GET"
  std::string path;    // "/healthz", as sent, without the query
  std::string query;   // behind the first '?', as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first header of that name, whatever its case; "" where there is none.
  absl::string_view Header(absl::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain";
  std::string body;
};

// Answers a request, once, from any thread. Does nothing where the client has gone; a request whose
// Respond is destroyed unused is answered with 500.
using Respond = absl::AnyInvocable<void(Response)>;

// Called on the server's thread: must not block.
using Handler = std::function<void(Request, Respond)>;

struct ServerOptions {
  size_t max_header_bytes = size_t{16} * 1024;  // 431 beyond
  size_t max_body_bytes = size_t{1024} * 1024;  // 413 beyond
  int max_connections = 12'000;                 // further ones are closed at once
  absl::Duration read_timeout =
      absl::Seconds(10);  // of a request from its first byte, and of idleness
  absl::Duration write_timeout = absl::Seconds(10);
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
  // Accepts no more, lets requests that are being answered end for at most `grace`, closes the
  // rest. Blocks until then.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace pawl::http
