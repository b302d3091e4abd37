#include "engine/auth/jwk_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/auth/base64url.h"
#include "engine/value/json.h"

namespace pawl::auth {
namespace {

constexpr uint32_t kMaxDepth = 16;
constexpr size_t kMaxIdBytes = 256;
constexpr size_t kCoordinateBytes = 32;
constexpr size_t kMinModulusBytes = 256;
constexpr size_t kMaxModulusBytes = 1024;
constexpr size_t kMaxExponentBytes = 8;

struct Free {
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> NumberOf(absl::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> KeyFrom(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

std::string Text(const Value& json, absl::string_view member) {
  const Value* value = json.Find(member);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

std::string Binary(const Value& json, absl::string_view member) {
  return DecodeBase64Url(Text(json, member)).value_or("");
}

std::shared_ptr<EVP_PKEY> RsaKey(const Value& json) {
  std::string modulus = Binary(json, "n");
  const std::string exponent = Binary(json, "e");
  modulus.erase(0, modulus.find_first_not_of('\0'));  // some providers send a leading zero
  // Small ones are weak, large ones take long.
  if (modulus.size() < kMinModulusBytes || modulus.size() > kMaxModulusBytes || exponent.empty() ||
      exponent.size() > kMaxExponentBytes) {
    return nullptr;
  }
  const Owned<BIGNUM> n = NumberOf(modulus);
  const Owned<BIGNUM> e = NumberOf(exponent);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr || BN_is_odd(e.get()) != 1 ||
      BN_is_one(e.get()) == 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return KeyFrom("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> P256Key(const Value& json) {
  const std::string x = Binary(json, "x");
  const std::string y = Binary(json, "y");
  if (Text(json, "crv") != "P-256" || x.size() != kCoordinateBytes ||
      y.size() != kCoordinateBytes) {
    return nullptr;
  }
  const std::string point = absl::StrCat("\x04", x, y);  // not compressed
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  std::shared_ptr<EVP_PKEY> key = KeyFrom("EC", builder.get());
  if (key == nullptr) return nullptr;
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  // The point must be on the curve.
  if (context == nullptr || EVP_PKEY_public_check(context.get()) != 1) return nullptr;
  return key;
}

// JOSE has the two numbers side by side, OpenSSL wants them in DER; "" for another length.
std::string DerSignature(absl::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return "";
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r = NumberOf(signature.substr(0, kCoordinateBytes));
  Owned<BIGNUM> s = NumberOf(signature.substr(kCoordinateBytes));
  if (pair == nullptr || r == nullptr || s == nullptr) return "";
  // Takes them over; it fails only where one is null.
  if (ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) return "";
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return "";
  std::string result(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return result;
}

}  // namespace

bool JwkSet::Key::Verify(absl::string_view text, absl::string_view signature) const {
  const std::string form = is_rsa_ ? std::string(signature) : DerSignature(signature);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  // RSA: PKCS #1 v1.5, which is the default.
  return !form.empty() && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(form), form.size(), Bytes(text), text.size()) == 1;
}

const JwkSet::Key* JwkSet::Find(absl::string_view id) const {
  if (id.empty()) return keys_.size() == 1 ? &keys_[0] : nullptr;
  for (const Key& key : keys_) {
    if (key.id_ == id) return &key;
  }
  return nullptr;
}

absl::StatusOr<JwkSet> JwkSet::Parse(absl::string_view json) {
  const absl::StatusOr<Value> document =
      ParseJson(json, {.max_depth = kMaxDepth, .max_bytes = kMaxBytes});
  const Value* keys = document.ok() ? document->Find("keys") : nullptr;
  if (keys == nullptr || !keys->is_array() || keys->AsArray().size() > kMaxKeys) {
    return absl::InvalidArgumentError(
        absl::StrCat("the keys of the token provider are not a JWK set: a JSON object of at most ",
                     kMaxBytes, " bytes with an array \"keys\" of at most ", kMaxKeys));
  }
  JwkSet set;
  for (const Value& entry : keys->AsArray()) {
    if (!entry.is_object()) continue;
    Key key;
    key.id_ = Text(entry, "kid");
    key.is_rsa_ = Text(entry, "kty") == "RSA";
    const bool is_for_signatures = entry.Find("use") == nullptr || Text(entry, "use") == "sig";
    const bool is_of_algorithm =
        entry.Find("alg") == nullptr || Text(entry, "alg") == key.algorithm();
    if (!is_for_signatures || !is_of_algorithm || key.id_.size() > kMaxIdBytes) continue;
    if (!key.id_.empty() && set.Find(key.id_) != nullptr) continue;  // the first one counts
    if (key.is_rsa_) {
      key.key_ = RsaKey(entry);
    } else if (Text(entry, "kty") == "EC") {
      key.key_ = P256Key(entry);
    }
    if (key.key_ != nullptr) set.keys_.push_back(std::move(key));
  }
  if (set.keys_.empty()) {
    return absl::InvalidArgumentError(
        "the token provider has no key for RS256 (2048 to 8192 bits) or ES256");
  }
  return set;
}

}  // namespace pawl::auth
