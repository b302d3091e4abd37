#include "engine/runtime/tasks/task_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"

namespace pawl::runtime {
namespace {

constexpr char kVersion = 1;
constexpr size_t kMacBytes = 16;
constexpr size_t kBodyBytes = 1 + 2 + 8 + 8;

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t ReadBigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

TaskTokens::TaskTokens(std::string key) : key_(std::move(key)) {}

std::string TaskTokens::Sign(absl::string_view ns, absl::string_view body) const {
  std::string message = absl::StrCat(ns, absl::string_view("\0", 1), body);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac, &size);
  return std::string(reinterpret_cast<const char*>(mac), kMacBytes);
}

std::string TaskTokens::Mint(absl::string_view ns, const AttemptKey& attempt) const {
  std::string token;
  token.push_back(kVersion);
  AppendBigEndian(static_cast<uint64_t>(attempt.ref.slot.value()), 2, &token);
  AppendBigEndian(static_cast<uint64_t>(attempt.ref.id), 8, &token);
  AppendBigEndian(static_cast<uint64_t>(attempt.scheduled.value()), 8, &token);
  token += Sign(ns, token);
  return absl::WebSafeBase64Escape(token);
}

namespace {

absl::Status NotOurs() {
  return aws::MakeError(aws::Error::kInvalidToken, "Invalid Token: it was not made by this engine",
                        "Invalid Token: 'Invalid token'");
}

}  // namespace

absl::StatusOr<AttemptKey> TaskTokens::Verify(absl::string_view ns, absl::string_view token) const {
  std::string bytes;
  if (token.size() > 200 || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() != kBodyBytes + kMacBytes || bytes[0] != kVersion) {
    return NotOurs();
  }
  const absl::string_view body = absl::string_view(bytes).substr(0, kBodyBytes);
  const std::string mac = Sign(ns, body);
  if (CRYPTO_memcmp(mac.data(), bytes.data() + kBodyBytes, kMacBytes) != 0) {
    return NotOurs();
  }
  AttemptKey attempt;
  attempt.ref.slot = persistence::Slot(static_cast<int64_t>(ReadBigEndian(body.substr(1, 2))));
  attempt.ref.id = static_cast<int64_t>(ReadBigEndian(body.substr(3, 8)));
  attempt.scheduled = core::EventId(static_cast<int64_t>(ReadBigEndian(body.substr(11, 8))));
  if (attempt.ref.slot.value() >= persistence::kSlotCount) {
    return NotOurs();
  }
  return attempt;
}

}  // namespace pawl::runtime
