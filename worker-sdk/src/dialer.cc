#include "worker-sdk/src/dialer.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::sdk {
namespace {

// `what` names the option, for the message. An option that is not set gives "".
absl::StatusOr<std::string> ReadFile(const char* what, const std::string& path) {
  if (path.empty()) return std::string();
  errno = 0;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file.is_open() || text.str().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot read ", what, " '", path,
        "': ", errno != 0 ? std::generic_category().message(errno) : "the file is empty"));
  }
  return text.str();
}

bool IsThisMachine(const std::string& address) {
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "[::1]:")) return true;
  const std::string host = address.substr(0, address.find(':'));
  const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || (is_number && absl::StartsWith(host, "127."));
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

Dialer::Dialer(ConnectOptions options) : options_(std::move(options)) {}

absl::Status Dialer::Check() const {
  if (options_.addresses.empty()) {
    return absl::InvalidArgumentError("ConnectOptions has no addresses");
  }
  const bool is_account = options_.ns.size() == 12 && std::all_of(options_.ns.begin(), options_.ns.end(), absl::ascii_isdigit);
  if (!options_.ns.empty() && !is_account) {
    return absl::InvalidArgumentError("the namespace (ns) of ConnectOptions must have 12 digits");
  }
  if (!options_.token.empty() && !options_.token_file.empty()) {
    return absl::InvalidArgumentError("ConnectOptions has both a token and a token_file: set one");
  }
  const bool has_token = !options_.token.empty() || !options_.token_file.empty();
  for (const std::string& address : options_.addresses) {
    if (address.empty()) return absl::InvalidArgumentError("ConnectOptions has an empty address");
    if (has_token && !options_.tls.has_value() && !IsThisMachine(address)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a token is sent to another machine by TLS only: set tls to connect to ", address));
    }
  }
  if (const auto credentials = Credentials(); !credentials.ok()) return credentials.status();
  return Token().status();
}

absl::StatusOr<std::string> Dialer::Token() const {
  std::string token = options_.token;
  if (!options_.token_file.empty()) {
    absl::StatusOr<std::string> text = ReadFile("token_file", options_.token_file);
    if (!text.ok()) return text.status();
    token = std::string(absl::StripAsciiWhitespace(*text));
    if (token.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("token_file '", options_.token_file, "' holds no token"));
    }
  }
  if (!IsPrintable(token)) {
    return absl::InvalidArgumentError("the token holds characters other than visible ASCII");
  }
  return token;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Dialer::Credentials() const {
  if (!options_.tls.has_value()) return grpc::InsecureChannelCredentials();
  const TlsOptions& tls = *options_.tls;
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return absl::InvalidArgumentError("tls has one of certificate_file and key_file: set both");
  }
  const auto authorities = ReadFile("tls.ca_file", tls.ca_file);
  const auto certificate = ReadFile("tls.certificate_file", tls.certificate_file);
  const auto key = ReadFile("tls.key_file", tls.key_file);
  for (const auto* text : {&authorities, &certificate, &key}) {
    if (!text->ok()) return text->status();
  }
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = *authorities;
  ssl.pem_cert_chain = *certificate;
  ssl.pem_private_key = *key;
  return grpc::SslCredentials(ssl);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Dialer::Dial(
    const std::string& address, grpc::ChannelArguments arguments) const {
  const auto credentials = Credentials();
  if (!credentials.ok()) return credentials.status();
  if (options_.tls.has_value() && !options_.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options_.tls->server_name);
  }
  return grpc::CreateCustomChannel(address, *credentials, arguments);
}

absl::Status Dialer::Authorize(grpc::ClientContext* context) const {
  const absl::StatusOr<std::string> token = Token();
  if (!token.ok()) return token.status();
  if (!token->empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", *token));
  if (!options_.ns.empty()) context->AddMetadata("pawl-namespace", options_.ns);
  return absl::OkStatus();
}

}  // namespace pawl::sdk
