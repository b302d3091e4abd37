#include "engine/expr/digest.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

namespace pawl::expr {
namespace {

const EVP_MD* FindAlgorithm(absl::string_view name) {
  if (name == "MD5") return EVP_md5();
  if (name == "SHA-1") return EVP_sha1();
  if (name == "SHA-256") return EVP_sha256();
  if (name == "SHA-384") return EVP_sha384();
  if (name == "SHA-512") return EVP_sha512();
  return nullptr;
}

}  // namespace

absl::optional<std::string> HexDigest(absl::string_view algorithm, absl::string_view data) {
  const EVP_MD* const type = FindAlgorithm(algorithm);
  if (type == nullptr) return absl::nullopt;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), digest, &size, type, nullptr) != 1) {
    return absl::nullopt;
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), static_cast<size_t>(size)));
}

}  // namespace pawl::expr
