// Settings of one revision of a state machine, and of activities.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

namespace pawl::runtime {

struct LoggingConfiguration {
  std::string level = "OFF";  // ALL, ERROR, FATAL, OFF
  bool includes_execution_data = false;
  absl::optional<std::vector<std::string>> log_groups;  // ARNs, as given
  friend bool operator==(const LoggingConfiguration&, const LoggingConfiguration&) = default;
};

struct EncryptionConfiguration {
  std::string type = "AWS_OWNED_KEY";  // or CUSTOMER_MANAGED_KMS_KEY
  std::string kms_key_id;
  int32_t data_key_reuse_seconds = 0;  // 60 to 900; 0: not given
  friend bool operator==(const EncryptionConfiguration&, const EncryptionConfiguration&) = default;
};

struct MachineSettings {
  LoggingConfiguration logging;
  bool is_tracing_enabled = false;  // kept and returned; without effect
  EncryptionConfiguration encryption;
  bool is_update = false;  // not the first revision since the machine was created
  friend bool operator==(const MachineSettings&, const MachineSettings&) = default;
};

// InvalidLoggingConfiguration: a level other than OFF wants exactly one log group.
absl::Status CheckLogging(const LoggingConfiguration& logging);
// InvalidEncryptionConfiguration: a customer's key wants its id, and nothing else takes one.
absl::Status CheckEncryption(const EncryptionConfiguration& encryption);

// The `settings` of a persistence::MachineRevision. Default settings are no bytes at all. DataLoss
// where they cannot be read.
std::string EncodeSettings(const MachineSettings& settings);
absl::StatusOr<MachineSettings> DecodeSettings(const std::string& bytes);

}  // namespace pawl::runtime
