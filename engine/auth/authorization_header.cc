#include "engine/auth/authorization_header.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

constexpr absl::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr size_t kMaxBytes = 4096;
constexpr size_t kMaxSignedHeaders = 64;
constexpr size_t kMaxAccessKeyId = 128;
constexpr size_t kSignatureDigits = 64;

absl::Status Incomplete(absl::string_view message) {
  return aws::MakeError(aws::Error::kIncompleteSignature, message);
}

absl::Status ReadCredential(absl::string_view text, AuthorizationHeader* header) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  if (parts.size() != 5) {
    return Incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term.");
  }
  if (parts[0].empty() || parts[0].size() > kMaxAccessKeyId) {
    return Incomplete("The access key id of Credential must have 1 to 128 characters.");
  }
  header->access_key_id = parts[0];
  header->date = parts[1];
  header->region = parts[2];
  header->service = parts[3];
  header->terminator = parts[4];
  return absl::OkStatus();
}

absl::Status ReadSignedHeaders(absl::string_view text, AuthorizationHeader* header) {
  header->signed_headers = absl::StrSplit(text, ';');
  const std::vector<absl::string_view>& names = header->signed_headers;
  if (names.size() > kMaxSignedHeaders) {
    return Incomplete(absl::StrCat("SignedHeaders may name at most ", kMaxSignedHeaders, "."));
  }
  // Only one order is canonical; and a name that occurs twice would be signed twice.
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_lower = std::none_of(names[i].begin(), names[i].end(), [](unsigned char c) {
      return absl::ascii_isupper(c) || c <= ' ' || c >= 0x7F || c == ':';
    });
    if (names[i].empty() || !is_lower || (i > 0 && names[i - 1] >= names[i])) {
      return Incomplete(
          "SignedHeaders must be lower-case names of headers, separated by semicolons, in "
          "ascending order.");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSignature(absl::string_view text, AuthorizationHeader* header) {
  const bool is_hex = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
  });
  if (text.size() != kSignatureDigits || !is_hex) {
    return Incomplete("Signature must be 64 lower-case hexadecimal digits.");
  }
  header->signature = text;
  return absl::OkStatus();
}

struct Parameters {
  absl::string_view credential, signed_headers, signature;
};

// "A=1, B=2,C=3", each of the three once at most.
absl::StatusOr<Parameters> SplitParameters(absl::string_view text) {
  Parameters parameters;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    part = absl::StripAsciiWhitespace(part);
    absl::string_view* value = nullptr;
    if (absl::ConsumePrefix(&part, "Credential=")) {
      value = &parameters.credential;
    } else if (absl::ConsumePrefix(&part, "SignedHeaders=")) {
      value = &parameters.signed_headers;
    } else if (absl::ConsumePrefix(&part, "Signature=")) {
      value = &parameters.signature;
    }
    if (value == nullptr || !value->empty()) {
      return Incomplete(
          "The Authorization header must have the parameters Credential, SignedHeaders and "
          "Signature, each once, and no other.");
    }
    *value = part;
  }
  return parameters;
}

}  // namespace

absl::StatusOr<AuthorizationHeader> ParseAuthorizationHeader(absl::string_view value) {
  if (value.size() > kMaxBytes) {
    return Incomplete(
        absl::StrCat("The Authorization header has more than ", kMaxBytes, " bytes."));
  }
  value = absl::StripAsciiWhitespace(value);
  if (absl::StartsWith(value, "AWS4-ECDSA-P256-SHA256")) {
    return Incomplete("AWS4-ECDSA-P256-SHA256 (signature version 4A) is not supported.");
  }
  if (!absl::ConsumePrefix(&value, kAlgorithm) || !absl::StartsWith(value, " ")) {
    return Incomplete("The Authorization header must begin with AWS4-HMAC-SHA256.");
  }
  const absl::StatusOr<Parameters> parameters = SplitParameters(value);
  if (!parameters.ok()) return parameters.status();
  std::string missing;
  const auto require = [&missing](absl::string_view given, absl::string_view name) {
    if (!given.empty()) return;
    absl::StrAppend(&missing, missing.empty() ? "" : " ", "Authorization header requires '", name,
                    "' parameter.");
  };
  require(parameters->credential, "Credential");
  require(parameters->signature, "Signature");
  require(parameters->signed_headers, "SignedHeaders");
  if (!missing.empty()) return Incomplete(missing);
  AuthorizationHeader header;
  absl::Status status = ReadCredential(parameters->credential, &header);
  if (status.ok()) status = ReadSignedHeaders(parameters->signed_headers, &header);
  if (status.ok()) status = ReadSignature(parameters->signature, &header);
  if (!status.ok()) return status;
  return header;
}

}  // namespace pawl::auth
