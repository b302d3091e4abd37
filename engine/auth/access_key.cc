#include "engine/auth/access_key.h"

#include "absl/strings/str_cat.h"
#include "pawl/storage/v1/configuration.pb.h"

namespace pawl::auth {
namespace {

namespace stored_proto = ::pawl::storage::v1;

// 0 stands for `never`, which is one of the infinities.
int64_t ToMicros(absl::Time time, absl::Time never) {
  return time == never ? 0 : absl::ToUnixMicros(time);
}

absl::Time FromMicros(int64_t micros, absl::Time never) {
  return micros == 0 ? never : absl::FromUnixMicros(micros);
}

}  // namespace

std::string SealingContext(const AccessKey& key) {
  std::string context = "access key 1";
  // Lengths, so that no two keys have one context.
  const auto add = [&context](absl::string_view field) {
    absl::StrAppend(&context, ";", field.size(), ":", field);
  };
  add(key.id);
  add(key.name);
  add(key.ns);
  add(absl::StrCat(absl::ToUnixMicros(key.create_time)));
  add(absl::StrCat(ToMicros(key.expire_time, absl::InfiniteFuture())));
  for (const std::string& policy : key.policies) add(policy);
  return context;
}

persistence::Document ToDocument(const StoredAccessKey& stored) {
  const AccessKey& key = stored.key;
  stored_proto::AccessKeyRecord record;
  record.set_name(key.name);
  record.set_namespace_(key.ns);
  for (const std::string& policy : key.policies) record.add_policies(policy);
  record.set_sealed_secret(stored.secret.bytes);
  record.set_master_key_id(stored.secret.key_id);
  record.set_create_time_us(absl::ToUnixMicros(key.create_time));
  record.set_expire_time_us(ToMicros(key.expire_time, absl::InfiniteFuture()));
  record.set_last_use_time_us(ToMicros(key.last_use_time, absl::InfinitePast()));
  record.set_revoke_time_us(ToMicros(key.revoke_time, absl::InfiniteFuture()));
  persistence::Document document;
  document.kind = kKeyDocument;
  document.name = key.id;
  document.revision = stored.revision + 1;
  document.record = record.SerializeAsString();
  return document;
}

absl::StatusOr<StoredAccessKey> FromDocument(const persistence::Document& document) {
  stored_proto::AccessKeyRecord record;
  if (!record.ParseFromString(document.record)) {
    return absl::DataLossError(absl::StrCat("access key ", document.name,
                                            " cannot be read from the store; delete it or restore "
                                            "a backup"));
  }
  StoredAccessKey stored;
  stored.revision = document.revision;
  stored.secret = {record.master_key_id(), record.sealed_secret()};
  AccessKey& key = stored.key;
  key.id = document.name;
  key.name = record.name();
  key.ns = record.namespace_();
  key.policies.assign(record.policies().begin(), record.policies().end());
  key.create_time = absl::FromUnixMicros(record.create_time_us());
  key.expire_time = FromMicros(record.expire_time_us(), absl::InfiniteFuture());
  key.last_use_time = FromMicros(record.last_use_time_us(), absl::InfinitePast());
  key.revoke_time = FromMicros(record.revoke_time_us(), absl::InfiniteFuture());
  return stored;
}

}  // namespace pawl::auth
