// The engine of a deployment over the engine's API.
#pragma once

#include <map>

#include "cli/deploy/engine.h"
#include "cli/engine_client.h"

namespace pawl::cli {

class DeployEngine final : public deploy::Engine {
 public:
  explicit DeployEngine(EngineClient* client) : client_(*client) {}

  absl::StatusOr<absl::optional<deploy::CurrentMachine>> FindMachine(
      const std::string& name) override;
  absl::StatusOr<std::vector<deploy::Tagged>> ListMachines() override;
  absl::StatusOr<std::vector<deploy::CurrentVersion>> ListVersions(
      const std::string& machine) override;
  absl::StatusOr<std::vector<deploy::Alias>> ListAliases(const std::string& machine) override;
  absl::StatusOr<std::vector<deploy::Tagged>> ListActivities() override;
  absl::StatusOr<absl::optional<deploy::CurrentActivity>> FindActivity(
      const std::string& name) override;
  absl::StatusOr<std::string> CreateMachine(const deploy::Machine& machine) override;
  absl::StatusOr<std::string> CreateActivity(const deploy::Activity& activity) override;
  absl::Status UpdateMachine(const deploy::Machine& machine) override;
  absl::Status SetTags(const std::string& arn, const deploy::Tags& tags) override;
  absl::Status RemoveTags(const std::string& arn, const std::vector<std::string>& keys) override;
  absl::StatusOr<int64_t> PublishVersion(const std::string& machine,
                                         const std::string& description) override;
  absl::Status SetAlias(const std::string& machine, const deploy::Alias& alias) override;
  absl::Status DeleteMachine(const std::string& name) override;
  absl::Status DeleteActivity(const std::string& name) override;

 private:
  absl::StatusOr<deploy::Tags> TagsOf(const std::string& arn);
  // ARNs of all activities by name, asked for once.
  absl::StatusOr<std::map<std::string, std::string>> Activities();

  EngineClient& client_;
  absl::optional<std::map<std::string, std::string>> activities_;
};

}  // namespace pawl::cli
