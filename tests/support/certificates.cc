#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace pawl::testing {
namespace {

template <typename T>
struct Freed {
  void (*free)(T*);
  void operator()(T* object) const { free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY>>;
using Certificate = std::unique_ptr<X509, Freed<X509>>;

void Require(bool is_fine, const char* what) {
  if (is_fine) return;
  std::fprintf(stderr, "test certificates: %s failed\n", what);
  std::abort();
}

Key MakeKey() { return {EVP_EC_gen("P-256"), {&EVP_PKEY_free}}; }

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  Require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "an extension");
  X509_EXTENSION_free(extension);
}

// Signed by its own key where there is no issuer.
Certificate MakeCertificate(const std::string& name, EVP_PKEY* key, X509* issuer,
                            EVP_PKEY* issuer_key) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new(), {&X509_free});
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24L * 3600);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  Require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                     0) == 1,
          "the name");
  X509* const by = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
  X509_set_pubkey(certificate.get(), key);
  AddExtension(certificate.get(), by, NID_basic_constraints,
               issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  AddExtension(certificate.get(), by, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) {
    AddExtension(certificate.get(), by, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  }
  Require(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0, "signing");
  return certificate;
}

// In one step, so that whoever watches the file sees all of it.
template <typename Write>
void WriteFile(const std::string& path, Write write) {
  const std::string temporary = path + ".new";
  std::FILE* file = std::fopen(temporary.c_str(), "w");
  Require(file != nullptr, "opening a file");
  Require(write(file) == 1, "writing a file");
  Require(std::fclose(file) == 0 && std::rename(temporary.c_str(), path.c_str()) == 0,
          "closing a file");
}

void WriteCertificate(const std::string& path, X509* certificate) {
  WriteFile(path, [&](std::FILE* file) { return PEM_write_X509(file, certificate); });
}

}  // namespace

struct TestAuthority::Signer {
  Key key = MakeKey();
  Certificate certificate;
};

TestAuthority::TestAuthority(std::string folder, const std::string& name)
    : folder_(std::move(folder)),
      file_(folder_ + "/" + name + ".pem"),
      signer_(std::make_unique<Signer>()) {
  signer_->certificate = MakeCertificate(name, signer_->key.get(), nullptr, signer_->key.get());
  WriteCertificate(file_, signer_->certificate.get());
}

TestAuthority::~TestAuthority() = default;

CertificateFiles TestAuthority::Issue(const std::string& name, const std::string& file) const {
  const Key key = MakeKey();
  const Certificate certificate =
      MakeCertificate(name, key.get(), signer_->certificate.get(), signer_->key.get());
  CertificateFiles files{folder_ + "/" + file + ".pem", folder_ + "/" + file + ".key"};
  WriteFile(files.key, [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  WriteCertificate(files.certificate, certificate.get());
  return files;
}

}  // namespace pawl::testing
