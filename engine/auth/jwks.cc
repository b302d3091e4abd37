#include "engine/auth/jwks.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl::auth {
namespace {

constexpr absl::Duration kFileInterval = absl::Seconds(5);
constexpr absl::Duration kUrlInterval = absl::Minutes(5);

class File final : public JwksSource {
 public:
  explicit File(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<std::string> Read() override {
    std::ifstream file(path_, std::ios::binary);
    std::string text(JwkSet::kMaxBytes + 1, '\0');  // one more: then JwkSet refuses it
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.fail() && !file.eof())) {
      return absl::UnavailableError(
          absl::StrCat("the keys of the token provider in ", path_, " cannot be read"));
    }
    text.resize(static_cast<size_t>(file.gcount()));
    return text;
  }

  absl::Duration interval() const override { return kFileInterval; }

 private:
  const std::string path_;
};

class Url final : public JwksSource {
 public:
  Url(std::string url, FetchUrl fetch) : url_(std::move(url)), fetch_(std::move(fetch)) {}

  absl::StatusOr<std::string> Read() override { return fetch_(url_); }
  absl::Duration interval() const override { return kUrlInterval; }

 private:
  const std::string url_;
  const FetchUrl fetch_;
};

bool IsLoopback(absl::string_view authority) {
  for (const absl::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    absl::string_view rest = authority;
    if (absl::ConsumePrefix(&rest, host) && (rest.empty() || rest[0] == ':')) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<JwksSource> JwksFile(std::string path) {
  return std::make_unique<File>(std::move(path));
}

absl::StatusOr<std::unique_ptr<JwksSource>> JwksUrl(std::string url, FetchUrl fetch) {
  absl::string_view rest = url;
  const bool is_secure = absl::ConsumePrefix(&rest, "https://");
  const bool is_plain = !is_secure && absl::ConsumePrefix(&rest, "http://");
  const absl::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || absl::StrContains(authority, '@') ||
      !(is_secure || (is_plain && IsLoopback(authority)))) {
    return absl::InvalidArgumentError(
        "the URL of the token provider's keys must be an https URL without a user");
  }
  return std::make_unique<Url>(std::move(url), std::move(fetch));
}

Jwks::Jwks(std::unique_ptr<JwksSource> source) : source_(std::move(source)) {}

std::shared_ptr<const JwkSet> Jwks::Current(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  return now < read_ + kMaxAge ? keys_ : nullptr;
}

void Jwks::NoteUnknownKey() {
  absl::MutexLock lock(&mutex_);
  wants_key_ = true;
}

bool Jwks::IsDue(absl::Time now) const {
  if (now < tried_) return true;  // the clock was set back
  const absl::Duration interval = source_->interval();
  // After a failure, and for a key that is missing, sooner than else.
  const bool is_wanted = wants_key_ || read_ != tried_;
  return now >= tried_ + (is_wanted ? std::min(interval, kMinInterval) : interval);
}

absl::Status Jwks::Refresh(absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    if (!IsDue(now)) return absl::OkStatus();
    tried_ = now;
    wants_key_ = false;
  }
  const absl::StatusOr<std::string> text = source_->Read();
  if (!text.ok()) return text.status();
  absl::StatusOr<JwkSet> keys = JwkSet::Parse(*text);
  if (!keys.ok()) return keys.status();
  absl::MutexLock lock(&mutex_);
  keys_ = std::make_shared<const JwkSet>(*std::move(keys));
  read_ = now;
  return absl::OkStatus();
}

}  // namespace pawl::auth
