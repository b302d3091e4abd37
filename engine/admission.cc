#include "engine/admission.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/auth/built_in_policies.h"
#include "engine/http_task/transfer.h"
#include "engine/http_task/url.h"
#include "engine/runtime/world/log.h"

namespace pawl {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr size_t kMaxKeySetBytes = size_t{1} << 20;
constexpr absl::Duration kFetchTimeout = absl::Seconds(10);

std::string ErrorText() { return std::generic_category().message(errno); }

absl::Status Wrong(const char* flag, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(flag, ": ", std::string(status.message()), " (see docs/security.md)"));
}

absl::StatusOr<std::string> ReadFile(const char* flag, const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (file.is_open()) text << file.rdbuf();
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": '", path, "' cannot be read: ", ErrorText()));
  }
  if (text.str().size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": '", path, "' has more than ", kMaxFileBytes, " bytes"));
  }
  return text.str();
}

// The key set of a token provider. The operator has chosen the URL, so it may be a private address.
absl::StatusOr<std::string> FetchKeySet(const std::string& text) {
  const absl::optional<http_task::Url> url = http_task::ParseUrl(text);
  if (!url.has_value()) return absl::InvalidArgumentError("it is no URL");
  http_task::Request request;
  request.method = "GET";
  request.url = *url;
  http_task::TransferLimits limits;
  limits.allow_private_addresses = true;
  limits.max_response_bytes = kMaxKeySetBytes;
  limits.deadline = absl::Now() + kFetchTimeout;
  http_task::TransferResult result = http_task::Transfer(request, limits);
  if (result.outcome != http_task::TransferResult::Outcome::kAnswered) {
    return absl::UnavailableError(absl::StrCat("no answer from ", url->host,
                                               result.detail.empty() ? "" : ": ", result.detail));
  }
  if (result.response.status != 200) {
    return absl::UnavailableError(
        absl::StrCat(url->host, " answered with HTTP ", result.response.status));
  }
  return std::move(result.response.body);
}

bool IsLoopback(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  // "127.example.com" is a name, and may be any address.
  const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "[::1]" || (is_number && absl::StartsWith(host, "127."));
}

absl::Status CheckAddress(const char* flag, const std::string& listen,
                          const AdmissionFlags& flags) {
  if (IsLoopback(listen) || flags.authenticates() || flags.is_insecure) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      flag, " ", listen,
      " can be reached from other machines, and callers do not have to prove who they are: give "
      "--master-key-file (docs/security.md), or --insecure to let everybody do everything"));
}

// In one step: the file is whole or not there. FailedPrecondition where there is one already.
absl::Status WriteSecretFile(const std::string& path, const std::string& text) {
  const std::string temporary = absl::StrCat(path, ".", getpid());
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return absl::InvalidArgumentError(ErrorText());
  const bool is_written =
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      fsync(file) == 0;
  absl::Status status = absl::OkStatus();
  if (!is_written) status = absl::InvalidArgumentError(ErrorText());
  close(file);
  // Unlike rename, link does not replace a file that somebody else has made meanwhile.
  if (status.ok() && link(temporary.c_str(), path.c_str()) != 0) {
    status = absl::InvalidArgumentError(ErrorText());
  }
  unlink(temporary.c_str());
  return status;
}

}  // namespace

absl::Status CheckAdmission(const AdmissionFlags& flags, const std::string& listen,
                            const std::string& http_listen) {
  const auto refuse = [](const char* why) { return absl::InvalidArgumentError(why); };
  if (!flags.master_key.empty() && !flags.master_key_file.empty()) {
    return refuse("--master-key and --master-key-file are both given: give one of them");
  }
  if (!flags.admin_key_file.empty() && !flags.has_master_key()) {
    return refuse("--admin-key needs --master-key-file, under which access keys are sealed");
  }
  if (!flags.anonymous.empty() && !flags.authenticates()) {
    return refuse("--anonymous is for engines that know their callers: give --master-key-file too");
  }
  if (flags.tls_certificate_file.empty() != flags.tls_key_file.empty()) {
    return refuse("--tls-certificate and --tls-key belong together: give both or none");
  }
  if (!flags.tls_client_ca_file.empty() && !flags.has_tls()) {
    return refuse("--tls-client-ca needs --tls-certificate and --tls-key");
  }
  if (!flags.certificate_rules_file.empty() && flags.tls_client_ca_file.empty()) {
    return refuse("--certificate-rules needs --tls-client-ca, which verifies the certificates");
  }
  absl::Status status = CheckAddress("--listen", listen, flags);
  if (status.ok()) status = CheckAddress("--http-listen", http_listen, flags);
  return status;
}

absl::StatusOr<std::unique_ptr<Admission>> Admission::Open(const AdmissionFlags& flags,
                                                           const std::string& region,
                                                           persistence::Store* store,
                                                           const runtime::Clock* clock) {
  std::unique_ptr<Admission> admission(new Admission(clock));
  absl::Status status = admission->OpenAudit(flags.audit_log);
  if (status.ok() && flags.has_master_key()) status = admission->OpenKeys(flags, store);
  if (status.ok()) status = admission->OpenProvider(flags.token_provider_file);
  if (!status.ok()) return status;
  if (!flags.rates.operations.empty() || flags.rates.others.has_value()) {
    admission->limits_ = std::make_unique<auth::RateLimits>(flags.rates);
  }
  if (!flags.authenticates()) return admission;

  auth::Authenticator::Settings settings;
  settings.signatures.region = region;
  settings.signatures.accepts_unsigned_payload = flags.accepts_unsigned_payload;
  settings.signatures.trusts_forwarded_host = flags.trusts_forwarded_host;
  absl::StatusOr<auth::Policies> anonymous = auth::CompilePolicies(flags.anonymous);
  if (!anonymous.ok()) return Wrong("--anonymous", anonymous.status());
  settings.anonymous = *std::move(anonymous);
  if (!flags.certificate_rules_file.empty()) {
    const auto text = ReadFile("--certificate-rules", flags.certificate_rules_file);
    if (!text.ok()) return text.status();
    auto rules = auth::CertificateRules::Parse(*text);
    if (!rules.ok()) return Wrong("--certificate-rules", rules.status());
    settings.certificates = *std::move(rules);
  }
  admission->authenticator_ = std::make_unique<auth::Authenticator>(
      std::move(settings), admission->keys_.get(), admission->provider_.get());
  admission->policies_ = std::make_unique<service::PolicyAuthorizer>(region);
  admission->refresher_ = std::thread([raw = admission.get()] { raw->RefreshForEver(); });
  return admission;
}

Admission::~Admission() {
  if (!refresher_.joinable()) return;
  is_stopping_.Notify();
  refresher_.join();
}

service::GateSettings Admission::gate() const {
  return {authenticator_.get(), policies_.get(), limits_.get(), audit_.get()};
}

absl::Status Admission::OpenKeys(const AdmissionFlags& flags, persistence::Store* store) {
  const bool has_file = !flags.master_key_file.empty();
  auto master_keys = has_file ? auth::MasterKeys::Load(flags.master_key_file)
                              : auth::MasterKeys::Parse(flags.master_key);
  if (!master_keys.ok()) {
    return Wrong(has_file ? "--master-key-file" : "--master-key", master_keys.status());
  }
  keys_ = std::make_unique<auth::AccessKeys>(store, *std::move(master_keys));
  absl::Status status = keys_->Refresh(clock_->Now());
  if (!status.ok()) return status;
  if (!flags.admin_key_file.empty()) return MakeAdminKey(flags.admin_key_file);
  bool has_key = false;
  for (const auth::AccessKeyInfo& info : keys_->List()) {
    has_key = has_key || (info.key.IsValid(clock_->Now()) && info.damage.empty());
  }
  if (!has_key) {
    Log(LogLevel::kWarning,
        "there is no access key yet: with --admin-key FILE the engine makes one and writes it "
        "there");
  }
  return absl::OkStatus();
}

absl::Status Admission::MakeAdminKey(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
  const absl::Time now = clock_->Now();
  auth::NewAccessKey wanted;
  // A name of its own: one whose file was lost stays valid until somebody revokes it.
  wanted.name = absl::FormatTime("admin-%Y%m%dT%H%M%S", now, absl::UTCTimeZone());
  wanted.policies = {"admin"};
  const auto created = keys_->Create(wanted, now);
  if (!created.ok()) return Wrong("--admin-key", created.status());
  const absl::Status written =
      WriteSecretFile(path, absl::StrCat(created->key.id, ".", created->secret, "\n"));
  if (!written.ok()) {
    // Nobody has it.
    const absl::Status revoked = keys_->Revoke(created->key.id, now);
    return absl::InvalidArgumentError(absl::StrCat(
        "--admin-key: '", path, "' cannot be written: ", std::string(written.message()),
        revoked.ok() ? "" : absl::StrCat("; revoke the key ", created->key.id)));
  }
  Log(LogLevel::kInfo, "made an access key for administrators",
      {{"key", created->key.id}, {"file", path}});
  return absl::OkStatus();
}

absl::Status Admission::OpenProvider(const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  const auto text = ReadFile("--token-provider", path);
  if (!text.ok()) return text.status();
  auto config = auth::TokenProviderConfig::Parse(*text);
  if (!config.ok()) return Wrong("--token-provider", config.status());
  absl::StatusOr<std::unique_ptr<auth::JwksSource>> keys = auth::JwksFile(config->keys);
  if (config->has_key_url()) keys = auth::JwksUrl(config->keys, &FetchKeySet);
  if (!keys.ok()) return Wrong("--token-provider", keys.status());
  provider_ = std::make_unique<auth::TokenProvider>(*std::move(config), *std::move(keys));
  // A provider that is away for the moment keeps nobody else out.
  const absl::Status read = provider_->Refresh(clock_->Now());
  if (!read.ok()) {
    Log(LogLevel::kWarning, "the token provider's keys cannot be read: its tokens are refused",
        {{"reason", std::string(read.message())}});
  }
  return absl::OkStatus();
}

absl::Status Admission::OpenAudit(const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  std::unique_ptr<auth::AuditSink> sink;
  if (path == "stdout") {
    sink = lines::LinesToStdout("the audit log");
  } else {
    lines::LineFileSettings settings;
    settings.path = path;
    settings.what = "the audit log";
    auto file = lines::OpenLineFile(std::move(settings));
    if (!file.ok()) return Wrong("--audit-log", file.status());
    sink = *std::move(file);
  }
  audit_ = std::make_unique<auth::AuditLog>(
      std::move(sink), auth::AuditLog::Settings(),
      [](absl::string_view text) { Log(LogLevel::kWarning, std::string(text)); });
  return absl::OkStatus();
}

void Admission::RefreshForEver() {
  bool was_fine = true;
  while (!is_stopping_.WaitForNotificationWithTimeout(auth::AccessKeys::kRefreshInterval)) {
    absl::Status status = keys_ == nullptr ? absl::OkStatus() : keys_->Refresh(clock_->Now());
    if (provider_ != nullptr) status.Update(provider_->Refresh(clock_->Now()));
    if (!status.ok() && was_fine) {
      Log(LogLevel::kWarning, "access keys or token keys cannot be read: what was read last counts",
          {{"reason", std::string(status.message())}});
    } else if (status.ok() && !was_fine) {
      Log(LogLevel::kInfo, "access keys and token keys are read again");
    }
    was_fine = status.ok();
  }
}

}  // namespace pawl
