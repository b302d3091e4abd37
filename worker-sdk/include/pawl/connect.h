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
  // The name that the engines' certificates have to be for, where that is not the host of the
  // address.
  std::string server_name = {};
};

// A value. What is wrong with it is InvalidArgument of Worker::Start and of each call of a Client.
struct ConnectOptions {
  // HOST:PORT of engines. A Client begins with the first, and moves on in their order when one is
  // unavailable; it stays with the one that answers. A Worker begins with any of them, so that many
  // workers spread, and goes through them for ever.
  std::vector<std::string> addresses = {"127.0.0.1:7233"};

  // Absent: plain text.
  std::optional<TlsOptions> tls = std::nullopt;

  // A bearer token, sent as "authorization: Bearer TOKEN" with each call and stream; "": none. At
  // most one of the two. The file is read for each of them, and white space around the token left
  // out. Without TLS a token goes to this machine only (localhost, 127.*, [::1], unix:).
  std::string token = {};
  std::string token_file = {};

  // Until a connection stands; of a Worker until the engine has welcomed it. Then the next address
  // is tried.
  absl::Duration connect_timeout = absl::Seconds(5);
  // Of one call of a Client, its retries included. DeadlineExceeded, or what the last retry said.
  absl::Duration call_timeout = absl::Seconds(30);
};

}  // namespace pawl
