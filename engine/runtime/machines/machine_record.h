// What belongs to a state machine but to none of its revisions: published versions, aliases, tags.
// And the record of an activity. Both are documents of the store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/runtime/machines/machine_settings.h"

namespace pawl::runtime {

struct Version {
  int64_t number = 0;  // 1, 2, 3... never reused
  int64_t revision = 0;
  std::string description;
  absl::Time create_time;
};

struct Route {
  int64_t version = 0;
  int32_t weight = 0;  // per cent
  friend bool operator==(const Route&, const Route&) = default;
};

struct Alias {
  std::string name;
  std::string description;
  std::vector<Route> routes;  // one or two, weights 100 together
  absl::Time create_time;
  absl::Time update_time = absl::InfinitePast();  // InfinitePast: never changed
};

using Tags = std::map<std::string, std::string>;

struct MachineRecord {
  int64_t latest_version = 0;     // published last, deleted or not
  std::vector<Version> versions;  // ascending
  std::vector<Alias> aliases;     // by name
  Tags tags;

  const Version* FindVersion(int64_t number) const;
  // The latest that stands for `revision`.
  const Version* FindVersionOf(int64_t revision) const;
  const Alias* FindAlias(absl::string_view name) const;
  Alias* FindAlias(absl::string_view name);
};

struct ActivityRecord {
  absl::Time create_time;
  Tags tags;
  EncryptionConfiguration encryption;
};

// The version that a start through `alias` gets. `draw` is uniform in [0, 1).
int64_t DrawVersion(const Alias& alias, double draw);

// The `record` of a persistence::Document. DataLoss where it cannot be read.
std::string Encode(const MachineRecord& record);
std::string Encode(const ActivityRecord& record);
absl::StatusOr<MachineRecord> DecodeMachineRecord(const std::string& bytes);
absl::StatusOr<ActivityRecord> DecodeActivityRecord(const std::string& bytes);

}  // namespace pawl::runtime
