// The server's certificate, read again when its files change. Internal to engine/http.
#pragma once

#include <sys/stat.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/http/server.h"

namespace pawl::http {

// Used on the server's thread.
class TlsCertificate {
 public:
  // InvalidArgument names the file and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<TlsCertificate>> Load(TlsOptions options);

  // For a new connection. Looks at the files at most once a second; while they cannot be read, or do
  // not fit together, what was read last goes on to count.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  using Context = boost::asio::ssl::context;
  using Stamps = std::array<std::pair<timespec, ino_t>, 3>;

  explicit TlsCertificate(TlsOptions options) : options_(std::move(options)) {}
  absl::StatusOr<std::shared_ptr<Context>> Read() const;
  Stamps Stamp() const;

  const TlsOptions options_;
  Stamps stamps_ = {};
  absl::Time looked_ = absl::InfinitePast();
  std::shared_ptr<Context> context_;
};

}  // namespace pawl::http
