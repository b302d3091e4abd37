// Certificates for tests, in files of a folder of their own.
#pragma once

#include <memory>
#include <string>

namespace pawl::testing {

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

// An authority that signs. Not thread-safe.
class TestAuthority {
 public:
  // `folder` exists.
  explicit TestAuthority(std::string folder, const std::string& name = "authority");
  ~TestAuthority();

  // PEM.
  const std::string& file() const { return file_; }
  // For "CN=NAME", and as a server for localhost and 127.0.0.1. Files are FOLDER/FILE.pem and
  // FOLDER/FILE.key; those of an earlier call are replaced.
  CertificateFiles Issue(const std::string& name, const std::string& file) const;

 private:
  struct Signer;
  const std::string folder_;
  const std::string file_;
  const std::unique_ptr<Signer> signer_;
};

}  // namespace pawl::testing
