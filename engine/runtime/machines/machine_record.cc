#include "engine/runtime/machines/machine_record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "pawl/storage/v1/configuration.pb.h"

namespace pawl::runtime {
namespace {

namespace stored = ::pawl::storage::v1;

stored::LoggingConfiguration ToStored(const LoggingConfiguration& logging) {
  stored::LoggingConfiguration result;
  if (logging.level != "OFF") result.set_level(logging.level);
  result.set_includes_execution_data(logging.includes_execution_data);
  result.set_has_destinations(logging.log_groups.has_value());
  for (const std::string& group : logging.log_groups.value_or(std::vector<std::string>())) {
    result.add_log_groups(group);
  }
  return result;
}

LoggingConfiguration FromStored(const stored::LoggingConfiguration& logging) {
  LoggingConfiguration result;
  if (!logging.level().empty()) result.level = logging.level();
  result.includes_execution_data = logging.includes_execution_data();
  if (logging.has_destinations()) {
    result.log_groups.emplace(logging.log_groups().begin(), logging.log_groups().end());
  }
  return result;
}

stored::EncryptionConfiguration ToStored(const EncryptionConfiguration& encryption) {
  stored::EncryptionConfiguration result;
  if (encryption.type != EncryptionConfiguration().type) result.set_type(encryption.type);
  result.set_kms_key_id(encryption.kms_key_id);
  result.set_data_key_reuse_seconds(encryption.data_key_reuse_seconds);
  return result;
}

EncryptionConfiguration FromStored(const stored::EncryptionConfiguration& encryption) {
  EncryptionConfiguration result;
  if (!encryption.type().empty()) result.type = encryption.type();
  result.kms_key_id = encryption.kms_key_id();
  result.data_key_reuse_seconds = encryption.data_key_reuse_seconds();
  return result;
}

template <typename Message>
void PutTags(const Tags& tags, Message* message) {
  for (const auto& [key, value] : tags) {
    stored::Tag* tag = message->add_tags();
    tag->set_key(key);
    tag->set_value(value);
  }
}

template <typename Message>
Tags TagsOf(const Message& message) {
  Tags tags;
  for (const stored::Tag& tag : message.tags()) tags[tag.key()] = tag.value();
  return tags;
}

absl::Status Unreadable(const char* what) {
  return absl::DataLossError(std::string(what) +
                             " cannot be read from the store; restore a backup");
}

void PutAlias(const Alias& alias, stored::Alias* to) {
  to->set_name(alias.name);
  to->set_description(alias.description);
  for (const Route& route : alias.routes) {
    stored::Route* stored_route = to->add_routes();
    stored_route->set_version(route.version);
    stored_route->set_weight(route.weight);
  }
  to->set_create_time_us(absl::ToUnixMicros(alias.create_time));
  if (alias.update_time != absl::InfinitePast()) {
    to->set_update_time_us(absl::ToUnixMicros(alias.update_time));
  }
}

Alias AliasOf(const stored::Alias& from) {
  Alias alias;
  alias.name = from.name();
  alias.description = from.description();
  for (const stored::Route& route : from.routes()) {
    alias.routes.push_back({route.version(), route.weight()});
  }
  alias.create_time = absl::FromUnixMicros(from.create_time_us());
  if (from.update_time_us() != 0) alias.update_time = absl::FromUnixMicros(from.update_time_us());
  return alias;
}

// "arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME:*"; which groups there are is not known here.
bool IsLogGroup(absl::string_view arn) {
  const std::vector<absl::string_view> parts = absl::StrSplit(arn, ':');
  return parts.size() >= 7 && parts[0] == "arn" && parts[2] == "logs" && parts[5] == "log-group" &&
         !parts[6].empty();
}

}  // namespace

absl::Status CheckLogging(const LoggingConfiguration& logging) {
  const size_t groups = logging.log_groups.has_value() ? logging.log_groups->size() : 0;
  if (groups > 1 || (groups == 0 && logging.level != "OFF")) {
    return aws::MakeError(
        aws::Error::kInvalidLoggingConfiguration,
        "Invalid Logging Configuration: Must specify exactly one Log Destination.");
  }
  if (groups == 1 && !IsLogGroup(logging.log_groups->front())) {
    return aws::MakeError(aws::Error::kInvalidLoggingConfiguration,
                          "Invalid Logging Configuration: Log Destination not found.");
  }
  return absl::OkStatus();
}

absl::Status CheckEncryption(const EncryptionConfiguration& encryption) {
  const bool is_own = encryption.type == "CUSTOMER_MANAGED_KMS_KEY";
  if (is_own != encryption.kms_key_id.empty()) return absl::OkStatus();
  return aws::MakeError(aws::Error::kInvalidEncryptionConfiguration,
                        is_own ? "Invalid Encryption Configuration: kmsKeyId must be specified "
                                 "with CUSTOMER_MANAGED_KMS_KEY"
                               : "Invalid Encryption Configuration: kmsKeyId must not be specified "
                                 "with AWS_OWNED_KEY");
}

std::string EncodeSettings(const MachineSettings& settings) {
  stored::MachineSettings message;
  if (settings.logging != LoggingConfiguration()) {
    *message.mutable_logging() = ToStored(settings.logging);
  }
  message.set_is_tracing_enabled(settings.is_tracing_enabled);
  if (settings.encryption != EncryptionConfiguration()) {
    *message.mutable_encryption() = ToStored(settings.encryption);
  }
  message.set_is_update(settings.is_update);
  return message.SerializeAsString();
}

absl::StatusOr<MachineSettings> DecodeSettings(const std::string& bytes) {
  stored::MachineSettings message;
  if (!message.ParseFromString(bytes)) return Unreadable("the settings of a state machine");
  MachineSettings settings;
  settings.logging = FromStored(message.logging());
  settings.is_tracing_enabled = message.is_tracing_enabled();
  settings.encryption = FromStored(message.encryption());
  settings.is_update = message.is_update();
  return settings;
}

const Version* MachineRecord::FindVersion(int64_t number) const {
  for (const Version& version : versions) {
    if (version.number == number) return &version;
  }
  return nullptr;
}

const Version* MachineRecord::FindVersionOf(int64_t revision) const {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->revision == revision) return &*it;
  }
  return nullptr;
}

const Alias* MachineRecord::FindAlias(absl::string_view name) const {
  for (const Alias& alias : aliases) {
    if (alias.name == name) return &alias;
  }
  return nullptr;
}

Alias* MachineRecord::FindAlias(absl::string_view name) {
  return const_cast<Alias*>(std::as_const(*this).FindAlias(name));
}

int64_t DrawVersion(const Alias& alias, double draw) {
  double below = 0;
  for (const Route& route : alias.routes) {
    below += route.weight;
    if (draw * 100 < below) return route.version;
  }
  return alias.routes.back().version;
}

std::string Encode(const MachineRecord& record) {
  stored::MachineRecord message;
  message.set_latest_version(record.latest_version);
  for (const Version& version : record.versions) {
    stored::Version* to = message.add_versions();
    to->set_number(version.number);
    to->set_revision(version.revision);
    to->set_description(version.description);
    to->set_create_time_us(absl::ToUnixMicros(version.create_time));
  }
  for (const Alias& alias : record.aliases) PutAlias(alias, message.add_aliases());
  PutTags(record.tags, &message);
  return message.SerializeAsString();
}

absl::StatusOr<MachineRecord> DecodeMachineRecord(const std::string& bytes) {
  stored::MachineRecord message;
  if (!message.ParseFromString(bytes)) {
    return Unreadable("versions, aliases and tags of a state machine");
  }
  MachineRecord record;
  record.latest_version = message.latest_version();
  for (const stored::Version& version : message.versions()) {
    record.versions.push_back({version.number(), version.revision(), version.description(),
                               absl::FromUnixMicros(version.create_time_us())});
  }
  for (const stored::Alias& alias : message.aliases()) {
    record.aliases.push_back(AliasOf(alias));
    if (record.aliases.back().routes.empty()) return Unreadable("an alias of a state machine");
  }
  record.tags = TagsOf(message);
  return record;
}

std::string Encode(const ActivityRecord& record) {
  stored::ActivityRecord message;
  message.set_create_time_us(absl::ToUnixMicros(record.create_time));
  PutTags(record.tags, &message);
  if (record.encryption != EncryptionConfiguration()) {
    *message.mutable_encryption() = ToStored(record.encryption);
  }
  return message.SerializeAsString();
}

absl::StatusOr<ActivityRecord> DecodeActivityRecord(const std::string& bytes) {
  stored::ActivityRecord message;
  if (!message.ParseFromString(bytes)) return Unreadable("an activity");
  ActivityRecord record;
  record.create_time = absl::FromUnixMicros(message.create_time_us());
  record.tags = TagsOf(message);
  record.encryption = FromStored(message.encryption());
  return record;
}

}  // namespace pawl::runtime
