#include "engine/auth/signature_v4.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "engine/auth/crypto.h"
#include "engine/auth/refusal.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxHeaders = 256;
constexpr size_t kMaxCachedKeys = 4096;
constexpr absl::string_view kTerminator = "aws4_request";
constexpr absl::string_view kUnsigned = "UNSIGNED-PAYLOAD";
constexpr char kTimeFormat[] = "%E4Y%m%dT%H%M%SZ";
// Of the Date header: by HTTP, and as botocore writes it.
constexpr const char* kDateFormats[] = {"%a, %d %b %E4Y %H:%M:%S GMT",
                                        "%a, %d %b %E4Y %H:%M:%S %z"};

absl::Status Incomplete(absl::string_view message) {
  return aws::MakeError(aws::Error::kIncompleteSignature, message);
}

absl::Status Invalid(absl::string_view message) {
  return aws::MakeError(aws::Error::kInvalidSignature, message);
}

std::string TimestampOf(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

// "20261121T101500Z", exactly so.
absl::optional<absl::Time> ParseTimestamp(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (text.size() != 16 || !absl::ParseTime(kTimeFormat, text, &time, &error)) return absl::nullopt;
  // What has been read leniently does not come out as it went in.
  if (TimestampOf(time) != text) return absl::nullopt;
  return time;
}

// The request's time: X-Amz-Date or, where there is none, Date.
absl::StatusOr<std::string> FindTimestamp(const SignedRequest& request) {
  if (CountHeaders(request, "x-amz-date") == 1) {
    std::string text = CanonicalHeader(request, "x-amz-date");
    if (ParseTimestamp(text).has_value()) return text;
    return Incomplete("X-Amz-Date must be a time in the form YYYYMMDD'T'HHMMSS'Z'.");
  }
  std::string text = CanonicalHeader(request, "date");
  if (text.empty()) {
    return Incomplete(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (ParseTimestamp(text).has_value()) return text;
  for (const char* format : kDateFormats) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(format, text, &time, &error)) return TimestampOf(time);
  }
  return Incomplete("Date must be a time as in 'Sat, 21 Nov 2026 10:15:00 GMT'.");
}

// What decides what is done must be under the signature, and must be there once.
absl::Status CheckSignedHeaders(const SignedRequest& request, const AuthorizationHeader& header) {
  const auto is_signed = [&header](absl::string_view name) {
    return std::binary_search(header.signed_headers.begin(), header.signed_headers.end(), name);
  };
  if (CountHeaders(request, "host") != 1)
    return Incomplete("The request must have one Host header.");
  if (!is_signed("host")) {
    return Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const auto& [sent, value] : request.headers) {
    const std::string name = absl::AsciiStrToLower(sent);
    if (!absl::StartsWith(name, "x-amz-")) continue;
    if (!is_signed(name)) {
      return Invalid(
          "Every header whose name begins with 'x-amz-' must be a 'SignedHeader' in the "
          "AWS Authorization.");
    }
    if (CountHeaders(request, name) != 1) {
      return Incomplete("A header whose name begins with 'x-amz-' occurs twice.");
    }
  }
  return absl::OkStatus();
}

// The value of the one Authorization header.
absl::StatusOr<absl::string_view> FindAuthorization(const SignedRequest& request) {
  if (request.headers.size() > kMaxHeaders) {
    return Incomplete(absl::StrCat("The request has more than ", kMaxHeaders, " headers."));
  }
  if (IsPresigned(request)) {
    return Incomplete(
        "Presigned requests are not supported; send the signature in the Authorization header.");
  }
  const int count = CountHeaders(request, "authorization");
  if (count == 0) {
    return aws::MakeError(aws::Error::kMissingAuthenticationToken, "Missing Authentication Token");
  }
  if (count > 1) return Incomplete("The request has more than one Authorization header.");
  return absl::string_view(
      std::find_if(request.headers.begin(), request.headers.end(), [](const auto& header) {
        return absl::EqualsIgnoreCase(header.first, "authorization");
      })->second);
}

}  // namespace

SignatureV4::SignatureV4(Settings settings) : settings_(std::move(settings)) {}

absl::Status SignatureV4::CheckScope(const AuthorizationHeader& header, absl::string_view timestamp,
                                     absl::Time now) const {
  if (header.terminator != kTerminator) {
    return Invalid("Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
  if (header.region != settings_.region) {
    return Invalid("Credential should be scoped to a valid region.");
  }
  if (header.service != settings_.service) {
    return Invalid(
        absl::StrCat("Credential should be scoped to correct service: '", settings_.service, "'."));
  }
  if (header.date != timestamp.substr(0, 8)) {
    return Invalid(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP.");
  }
  const absl::Time time = *ParseTimestamp(timestamp);
  if (time < now - kWindow) {
    return Invalid(absl::StrCat("Signature expired: ", timestamp, " is now earlier than ",
                                TimestampOf(now - kWindow), " (", TimestampOf(now), " - 5 min.)"));
  }
  if (time > now + kWindow) {
    return Invalid(absl::StrCat("Signature not yet current: ", timestamp, " is still later than ",
                                TimestampOf(now + kWindow), " (", TimestampOf(now), " + 5 min.)"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SignatureV4::HashPayload(const SignedRequest& request) const {
  std::string given = CanonicalHeader(request, "x-amz-content-sha256");
  if (given == kUnsigned) {
    if (settings_.accepts_unsigned_payload) return given;
    return Invalid("The payload must be signed: UNSIGNED-PAYLOAD is not accepted.");
  }
  std::string hash = Sha256Hex(request.body);
  if (given.empty() || given == hash) return hash;
  return Invalid("The provided 'x-amz-content-sha256' header does not match what was computed.");
}

std::string SignatureV4::KeyOf(const AuthorizationHeader& header, const std::string& secret) const {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = keys_.find(header.access_key_id);
    if (found != keys_.end() && found->second.day == header.date &&
        found->second.secret == secret) {
      return found->second.key;
    }
  }
  std::string key = HmacSha256(absl::StrCat("AWS4", secret), header.date);
  key = HmacSha256(key, settings_.region);
  key = HmacSha256(key, settings_.service);
  key = HmacSha256(key, kTerminator);
  absl::MutexLock lock(&mutex_);
  if (keys_.size() >= kMaxCachedKeys) keys_.clear();
  keys_[header.access_key_id] = {secret, std::string(header.date), key};
  return key;
}

absl::StatusOr<std::string> SignatureV4::Verify(const SignedRequest& request,
                                                const SecretLookup& lookup, absl::Time now) const {
  const absl::StatusOr<absl::string_view> value = FindAuthorization(request);
  if (!value.ok()) return value.status();
  const absl::StatusOr<AuthorizationHeader> header = ParseAuthorizationHeader(*value);
  if (!header.ok()) return header.status();
  absl::Status status = CheckSignedHeaders(request, *header);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> timestamp = FindTimestamp(request);
  if (!timestamp.ok()) return timestamp.status();
  status = CheckScope(*header, *timestamp, now);
  if (!status.ok()) return status;
  if (CountHeaders(request, "x-amz-security-token") != 0) return RefuseUnknownClient();
  const absl::optional<std::string> secret = lookup(header->access_key_id);
  if (!secret.has_value()) return RefuseUnknownClient();
  const absl::StatusOr<std::string> payload_hash = HashPayload(request);
  if (!payload_hash.ok()) return payload_hash.status();

  const std::string host =
      settings_.trusts_forwarded_host ? CanonicalHeader(request, "x-forwarded-host") : "";
  const std::string to_sign = absl::StrCat(
      "AWS4-HMAC-SHA256\n", *timestamp, "\n", header->date, "/", settings_.region, "/",
      settings_.service, "/", kTerminator, "\n",
      Sha256Hex(CanonicalRequest(request, header->signed_headers, host, *payload_hash)));
  const std::string signature =
      absl::BytesToHexString(HmacSha256(KeyOf(*header, *secret), to_sign));
  if (IsEqualInConstantTime(signature, header->signature)) {
    return std::string(header->access_key_id);
  }
  return Invalid(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace pawl::auth
