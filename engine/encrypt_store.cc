#include "engine/encrypt_store.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/encryption/encrypted_store.h"

namespace pawl {
namespace {

using encryption::RecordCipher;
using encryption::ReencryptCounts;

absl::StatusOr<std::shared_ptr<const RecordCipher>> LoadCipher(const std::string& keys_file) {
  absl::StatusOr<auth::MasterKeys> keys = auth::MasterKeys::Load(keys_file);
  if (!keys.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--encryption-keys: ", std::string(keys.status().message())));
  }
  return std::make_shared<const RecordCipher>(*std::move(keys));
}

void Tell(const char* what, const ReencryptCounts& counts) {
  std::fprintf(stderr, "%s%lld executions, %lld records sealed\n", what,
               static_cast<long long>(counts.executions), static_cast<long long>(counts.records));
}

}  // namespace

absl::Status EncryptStore(const std::string& keys_file,
                          std::unique_ptr<persistence::Store>* store) {
  if (keys_file.empty()) return encryption::CheckIsPlain(**store);
  auto cipher = LoadCipher(keys_file);
  if (!cipher.ok()) return cipher.status();
  if (absl::Status status = encryption::CheckKeys(**cipher, **store); !status.ok()) return status;
  *store = std::make_unique<encryption::EncryptedStore>(std::move(*store), *std::move(cipher));
  return absl::OkStatus();
}

absl::Status ReencryptStore(const std::string& keys_file, persistence::Store& store) {
  if (keys_file.empty()) {
    return absl::InvalidArgumentError("--reencrypt needs --encryption-keys");
  }
  const auto cipher = LoadCipher(keys_file);
  if (!cipher.ok()) return cipher.status();
  absl::Time told = absl::Now();
  const auto counts =
      encryption::Reencrypt(**cipher, store, [&told](const ReencryptCounts& so_far) {
        if (absl::Now() - told < absl::Seconds(1)) return;
        told = absl::Now();
        Tell("", so_far);
      });
  if (!counts.ok()) return counts.status();
  Tell("done: ", *counts);
  if (counts->damaged == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(counts->damaged,
                                          " executions cannot be read and stay as they are; the "
                                          "first: ",
                                          counts->first_damage));
}

}  // namespace pawl
