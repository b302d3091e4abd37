// What --encryption-keys and --reencrypt do with the store.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "persistence/store.h"

namespace pawl {

// Puts the encryption before the store. `keys_file` is that of --encryption-keys; "" for none, then the
// store must hold nothing that is sealed. FailedPrecondition, InvalidArgument. Blocks.
absl::Status EncryptStore(const std::string& keys_file, std::unique_ptr<persistence::Store>* store);

// Seals everything under the first key of the file, and tells on standard error how far it is.
// DataLoss, at its end, where something could not be read. Blocks.
absl::Status ReencryptStore(const std::string& keys_file, persistence::Store& store);

}  // namespace pawl
