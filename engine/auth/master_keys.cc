#include "engine/auth/master_keys.h"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/auth/crypto.h"

namespace pawl::auth {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr size_t kIdDigits = 16;
constexpr size_t kMaxFileBytes = 64 * 1024;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

// 32 bytes in hexadecimal or base64; "" for anything else.
std::string ReadKey(absl::string_view text) {
  const bool is_hex = std::all_of(text.begin(), text.end(),
                                  [](unsigned char c) { return absl::ascii_isxdigit(c); });
  std::string key;
  if (text.size() == 2 * MasterKeys::kKeyBytes && is_hex) {
    key = absl::HexStringToBytes(text);
  } else if (text.size() > 44 || !absl::Base64Unescape(text, &key)) {
    return "";
  }
  return key.size() == MasterKeys::kKeyBytes ? key : "";
}

absl::StatusOr<Sealed> SealWith(const std::string& key_id, const std::string& key,
                                absl::string_view plain, absl::string_view context) {
  absl::StatusOr<std::string> nonce = RandomBytes(kNonceBytes);
  if (!nonce.ok()) return nonce.status();
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  std::string text(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  int size = 0;
  const bool is_sealed =
      cipher != nullptr &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(*nonce)) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), Bytes(&text), &size, Bytes(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), Bytes(&text) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  if (!is_sealed) return absl::InternalError("AES-256-GCM failed (OpenSSL)");
  return Sealed{key_id, absl::StrCat(*nonce, text, tag)};
}

absl::StatusOr<std::string> OpenWith(const std::string& key, const std::string& sealed,
                                     absl::string_view context) {
  if (sealed.size() < kNonceBytes + kTagBytes) {
    return absl::DataLossError("its sealed secret is cut short");
  }
  const absl::string_view all = sealed;
  const absl::string_view text = all.substr(kNonceBytes, all.size() - kNonceBytes - kTagBytes);
  std::string tag(all.substr(all.size() - kTagBytes));
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  std::string plain(text.size(), '\0');
  int size = 0;
  const bool is_open =
      cipher != nullptr &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(all)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(&plain), &size, Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(&plain) + size, &size) == 1;
  if (!is_open) return absl::DataLossError("it was changed after it was sealed");
  return plain;
}

absl::Status UnknownKey() {
  return absl::FailedPreconditionError(
      "it is sealed under a master key that was not given to the engine");
}

}  // namespace

absl::StatusOr<MasterKeys> MasterKeys::Parse(absl::string_view text) {
  MasterKeys keys;
  int line_number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++line_number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    std::string key = ReadKey(line);
    if (key.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line_number,
                       " of the master keys is not 32 bytes in hexadecimal or base64 (to make one: "
                       "openssl rand -hex 32)"));
    }
    if (keys.keys_.size() == kMaxKeys) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxKeys, " master keys"));
    }
    std::string id = Sha256Hex(absl::StrCat("pawl master key", key)).substr(0, kIdDigits);
    keys.keys_.push_back({std::move(id), std::move(key)});
  }
  if (keys.keys_.empty()) return absl::InvalidArgumentError("there is no master key");
  return keys;
}

absl::StatusOr<MasterKeys> MasterKeys::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return absl::InvalidArgumentError(absl::StrCat("the master keys in ", path, " cannot be read"));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has more than ", kMaxFileBytes, " bytes of master keys"));
  }
  absl::StatusOr<MasterKeys> keys = Parse(text);
  if (keys.ok()) return keys;
  return absl::Status(keys.status().code(), absl::StrCat(path, ": ", keys.status().message()));
}

const MasterKeys::Key* MasterKeys::Find(absl::string_view key_id) const {
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [key_id](const Key& k) { return k.id == key_id; });
  return key == keys_.end() ? nullptr : &*key;
}

bool MasterKeys::Has(absl::string_view key_id) const { return Find(key_id) != nullptr; }

absl::StatusOr<Sealed> MasterKeys::Seal(absl::string_view plain, absl::string_view context) const {
  return SealWith(keys_.front().id, keys_.front().bytes, plain, context);
}

absl::StatusOr<Sealed> MasterKeys::SealIn(absl::string_view branch, absl::string_view plain,
                                          absl::string_view context) const {
  return SealWith(keys_.front().id, HmacSha256(keys_.front().bytes, branch), plain, context);
}

absl::StatusOr<std::string> MasterKeys::Open(const Sealed& sealed,
                                             absl::string_view context) const {
  const Key* key = Find(sealed.key_id);
  if (key == nullptr) return UnknownKey();
  return OpenWith(key->bytes, sealed.bytes, context);
}

absl::StatusOr<std::string> MasterKeys::OpenIn(absl::string_view branch, const Sealed& sealed,
                                               absl::string_view context) const {
  const Key* key = Find(sealed.key_id);
  if (key == nullptr) return UnknownKey();
  return OpenWith(HmacSha256(key->bytes, branch), sealed.bytes, context);
}

}  // namespace pawl::auth
