// Where the engines are and how to reach them: the same for Worker and Client.
//
//   pawl::ConnectOptions connect = {.addresses = {"engine-1:7233", "engine-2:7233"},
//                                   .tls = pawl::TlsOptions{.ca_file = "/etc/pawl/ca.pem"},
//                                   .token_file = "/run/secrets/pawl-token"};
//   pawl::Client client(connect);
//   pawl::Worker worker(handlers, connect);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pawl {

// Files are PEM. They are read again for each new connection, so that a certificate can be replaced
// while the process runs.
struct TlsOptions {
  // Certificates of the authorities that sign the engines' own. "": those of the system.
  std::string ca_file = {};
  // The certificate (with those between it and the authority) and key that this process shows. Both
  // or none.
  std::string certificate_file = {};
  std::string key_file = {};
  // The name that the engines' certificates must be issued for, if that is not the address's host.
  std::string server_name = {};
};

// A value. Worker::Start and each call of a Client refuse wrong options with InvalidArgument.
struct ConnectOptions {
  // HOST:PORT of engines. A Client begins with the first, and moves on in their order when one is
  // unavailable; it stays with the one that answers. A Worker begins with any of them, so that many
  // workers spread, and goes through them for ever.
  std::vector<std::string> addresses = {"127.0.0.1:7233"};

  // Absent: plain text.
  std::optional<TlsOptions> tls = std::nullopt;

  // A bearer token, sent as "authorization: Bearer TOKEN" with each call and stream; "": none. Set
  // at most one of the two. The file is read for each call and stream; white space around the token
  // is dropped. Without TLS a token is sent to this machine only (localhost, 127.*, [::1], unix:).
  std::string token = {};
  std::string token_file = {};

  // The namespace (account) that names without one belong to, for credentials of all namespaces;
  // "": the credentials' own, or the engine's default.
  std::string ns = {};

  // How long to try one address before the next: until the connection stands, and for a Worker until
  // the engine has welcomed it.
  absl::Duration connect_timeout = absl::Seconds(5);
  // Limits one call of a Client, retries included. Then DeadlineExceeded, or the last retry's error.
  absl::Duration call_timeout = absl::Seconds(30);
};

}  // namespace pawl
