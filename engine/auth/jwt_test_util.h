// Keys and tokens of a provider that tests make up.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pawl::auth {

// A private key, its JWK and what it signs.
class TestSigner {
 public:
  static TestSigner Rsa(const std::string& id, size_t bits = 2048) {
    return TestSigner(id, EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
  }
  static TestSigner P256(const std::string& id) {
    return TestSigner(id, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  }

  const std::string& id() const { return id_; }
  std::string algorithm() const { return is_rsa() ? "RS256" : "ES256"; }

  std::string Jwk(const std::string& more = "") const {
    if (is_rsa()) {
      return absl::StrCat(R"({"kty":"RSA","kid":")", id_, R"(","n":")",
                          Number(OSSL_PKEY_PARAM_RSA_N), R"(","e":")",
                          Number(OSSL_PKEY_PARAM_RSA_E), "\"", more, "}");
    }
    return absl::StrCat(R"({"kty":"EC","crv":"P-256","kid":")", id_, R"(","x":")",
                        Number(OSSL_PKEY_PARAM_EC_PUB_X), R"(","y":")",
                        Number(OSSL_PKEY_PARAM_EC_PUB_Y), "\"", more, "}");
  }

  // HEADER.CLAIMS.SIGNATURE with the usual header, or with the one given.
  std::string Token(const std::string& claims, std::string header = "") const {
    if (header.empty()) {
      header = absl::StrCat(R"({"alg":")", algorithm(), R"(","kid":")", id_, R"(","typ":"JWT"})");
    }
    const std::string text =
        absl::StrCat(absl::WebSafeBase64Escape(header), ".", absl::WebSafeBase64Escape(claims));
    return absl::StrCat(text, ".", absl::WebSafeBase64Escape(Sign(text)));
  }

  std::string Sign(const std::string& text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                    EVP_MD_CTX_free);
    std::string signature(1024, '\0');
    size_t size = signature.size();
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return is_rsa() ? signature : SideBySide(signature);
  }

 private:
  TestSigner(std::string id, EVP_PKEY* key) : id_(std::move(id)), key_(key, EVP_PKEY_free) {}

  bool is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

  std::string Number(const char* name) const {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &number);
    // Coordinates have 32 bytes, leading zeros too.
    const int size = is_rsa() ? BN_num_bytes(number) : 32;
    std::string bytes(static_cast<size_t>(size), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size);
    BN_free(number);
    return absl::WebSafeBase64Escape(bytes);
  }

  static std::string SideBySide(const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
    std::string bytes(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
    ECDSA_SIG_free(pair);
    return bytes;
  }

  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace pawl::auth
