#include "engine/http/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr absl::Duration kLookInterval = absl::Seconds(1);

absl::Status Refuse(const char* what, const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot use ", what, " '", path, "': ", why, "; give a file in PEM"));
}

void Configure(ssl::context* context) {
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // No resumption: it would carry a client's identity past a change of the authorities.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);  // connections that wait hold none
}

bool IsSame(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsCertificate>> TlsCertificate::Load(TlsOptions options) {
  std::unique_ptr<TlsCertificate> certificate(new TlsCertificate(std::move(options)));
  certificate->stamps_ = certificate->Stamp();
  auto context = certificate->Read();
  if (!context.ok()) return context.status();
  certificate->context_ = *std::move(context);
  return certificate;
}

absl::StatusOr<std::shared_ptr<ssl::context>> TlsCertificate::Read() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  Configure(context.get());
  error_code error;
  context->use_certificate_chain_file(options_.certificate_file, error);
  if (error) return Refuse("the certificate", options_.certificate_file, error.message());
  context->use_private_key_file(options_.key_file, ssl::context::pem, error);
  if (error) return Refuse("the key", options_.key_file, error.message());
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return Refuse("the key", options_.key_file, "it is not the certificate's");
  }
  if (options_.client_ca_file.empty()) return context;
  context->load_verify_file(options_.client_ca_file, error);
  if (error) return Refuse("the clients' authorities", options_.client_ca_file, error.message());
  // Whoever shows a certificate must show a good one; keys and tokens work without.
  context->set_verify_mode(ssl::verify_peer, error);
  if (error) return Refuse("the clients' authorities", options_.client_ca_file, error.message());
  return context;
}

TlsCertificate::Stamps TlsCertificate::Stamp() const {
  const std::array<const std::string*, 3> paths = {&options_.certificate_file, &options_.key_file,
                                                   &options_.client_ca_file};
  Stamps stamps = {};
  for (size_t i = 0; i < paths.size(); ++i) {
    struct stat file = {};
    if (stat(paths[i]->c_str(), &file) == 0) stamps[i] = {file.st_mtim, file.st_ino};
  }
  return stamps;
}

std::shared_ptr<ssl::context> TlsCertificate::Current() {
  const absl::Time now = absl::Now();
  if (now >= looked_ && now < looked_ + kLookInterval) return context_;
  looked_ = now;
  const Stamps stamps = Stamp();
  bool is_same = true;
  for (size_t i = 0; i < stamps.size(); ++i) {
    is_same = is_same && IsSame(stamps[i].first, stamps_[i].first) &&
              stamps[i].second == stamps_[i].second;
  }
  if (is_same) return context_;
  auto context = Read();
  if (context.ok()) {
    context_ = *std::move(context);
    stamps_ = stamps;
  }
  // Two files are not replaced in one moment: a key that does not fit yet is tried again.
  if (options_.on_reload) options_.on_reload(context.status());
  return context_;
}

}  // namespace pawl::http
