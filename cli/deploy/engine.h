// The engine as a deployment sees it. Thread-compatible. All calls block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "cli/deploy/bundle.h"

namespace pawl::deploy {

struct CurrentMachine {
  std::string arn;
  asl::MachineType type = asl::MachineType::kStandard;
  std::string role_arn;
  std::string definition;
  int64_t revision = 0;
  Tags tags;
};

struct CurrentActivity {
  std::string arn;
  Tags tags;
};

struct CurrentVersion {
  int64_t number = 0;
  int64_t revision = 0;
};

// A name with its tags.
struct Tagged {
  std::string name;
  Tags tags;
};

// Statuses are the engine's.
class Engine {
 public:
  virtual ~Engine() = default;

  // nullopt where there is none.
  virtual absl::StatusOr<absl::optional<CurrentMachine>> FindMachine(const std::string& name) = 0;
  virtual absl::StatusOr<std::vector<Tagged>> ListMachines() = 0;
  virtual absl::StatusOr<std::vector<CurrentVersion>> ListVersions(const std::string& machine) = 0;
  virtual absl::StatusOr<std::vector<Alias>> ListAliases(const std::string& machine) = 0;
  virtual absl::StatusOr<std::vector<Tagged>> ListActivities() = 0;
  virtual absl::StatusOr<absl::optional<CurrentActivity>> FindActivity(const std::string& name) = 0;

  // These return the ARN.
  virtual absl::StatusOr<std::string> CreateMachine(const Machine& machine) = 0;
  virtual absl::StatusOr<std::string> CreateActivity(const Activity& activity) = 0;
  // The definition, and the role where the machine names one.
  virtual absl::Status UpdateMachine(const Machine& machine) = 0;
  virtual absl::Status SetTags(const std::string& arn, const Tags& tags) = 0;
  virtual absl::Status RemoveTags(const std::string& arn, const std::vector<std::string>& keys) = 0;
  // The number of the version that stands for the current revision.
  virtual absl::StatusOr<int64_t> PublishVersion(const std::string& machine,
                                                 const std::string& description) = 0;
  virtual absl::Status SetAlias(const std::string& machine, const Alias& alias) = 0;
  virtual absl::Status DeleteMachine(const std::string& name) = 0;
  virtual absl::Status DeleteActivity(const std::string& name) = 0;
};

}  // namespace pawl::deploy
