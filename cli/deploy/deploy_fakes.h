// Files and an engine in memory, for the tests of this folder.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/deploy/engine.h"
#include "cli/deploy/files.h"
#include "cli/deploy/read.h"

namespace pawl::deploy {

class FakeFiles final : public Files {
 public:
  explicit FakeFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  FileKind KindOf(const std::string& path) const override {
    if (files_.count(path) > 0) return FileKind::kFile;
    const auto below = files_.lower_bound(path + "/");
    const bool is_folder = below != files_.end() && absl::StartsWith(below->first, path + "/");
    return is_folder ? FileKind::kFolder : FileKind::kMissing;
  }
  absl::StatusOr<std::string> Read(const std::string& path) const override {
    const auto found = files_.find(path);
    if (found != files_.end()) return found->second;
    return absl::InvalidArgumentError(absl::StrCat(path, ": there is no such file"));
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const override {
    std::vector<std::string> names;
    for (const auto& [path, ignored] : files_) {
      if (!absl::StartsWith(path, folder + "/")) continue;
      const std::string rest = path.substr(folder.size() + 1);
      const std::string name = rest.substr(0, rest.find('/'));
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  absl::optional<std::string> Variable(const std::string& name) const override {
    if (name == "HOME_TOWN") return std::string("Ulm");
    return absl::nullopt;
  }

 private:
  const std::map<std::string, std::string> files_;
};

// What reading gives: the bundle, and the problems as one text.
struct ReadBundle {
  Bundle bundle;
  std::string problems;

  const Machine& machine(const std::string& name) const {
    for (const Machine& machine : bundle.machines) {
      if (machine.name == name) return machine;
    }
    static const Machine kNone;
    return kNone;
  }
  // "template.yaml:3:5 text" lines.
  std::string left_out() const { return TextOf(bundle.left_out); }
  std::string stand_ins() const { return TextOf(bundle.stand_ins); }

  static std::string TextOf(const std::vector<Note>& notes) {
    return absl::StrJoin(notes, "\n", [](std::string* out, const Note& note) {
      absl::StrAppend(out, note.where, " ", note.text);
    });
  }
};

inline ReadBundle ReadFiles(const std::string& path, std::map<std::string, std::string> files,
                            const ReadOptions& options = {}) {
  ReadBundle result;
  std::vector<std::string> problems;
  Read(path, options, FakeFiles(std::move(files)), &result.bundle, &problems);
  result.problems = absl::StrJoin(problems, "\n");
  return result;
}

// Keeps what it is told, and what was called. Fails the call before which `fails_at` stands.
class FakeEngine final : public Engine {
 public:
  struct Stored {
    CurrentMachine machine;
    std::vector<CurrentVersion> versions;
    std::vector<Alias> aliases;
  };

  absl::StatusOr<absl::optional<CurrentMachine>> FindMachine(const std::string& name) override {
    const auto found = machines.find(name);
    if (found == machines.end()) return absl::optional<CurrentMachine>();
    return absl::optional<CurrentMachine>(found->second.machine);
  }
  absl::StatusOr<std::vector<Tagged>> ListMachines() override {
    std::vector<Tagged> all;
    all.reserve(machines.size());
    for (const auto& [name, stored] : machines) all.push_back({name, stored.machine.tags});
    return all;
  }
  absl::StatusOr<std::vector<CurrentVersion>> ListVersions(const std::string& machine) override {
    return machines[machine].versions;
  }
  absl::StatusOr<std::vector<Alias>> ListAliases(const std::string& machine) override {
    return machines[machine].aliases;
  }
  absl::StatusOr<std::vector<Tagged>> ListActivities() override {
    std::vector<Tagged> all;
    all.reserve(activities.size());
    for (const auto& [name, tags] : activities) all.push_back({name, tags});
    return all;
  }
  absl::StatusOr<absl::optional<CurrentActivity>> FindActivity(const std::string& name) override {
    const auto found = activities.find(name);
    if (found == activities.end()) return absl::optional<CurrentActivity>();
    return absl::optional<CurrentActivity>({"activity:" + name, found->second});
  }
  absl::StatusOr<std::string> CreateMachine(const Machine& machine) override {
    if (absl::Status status = Note("create " + machine.name); !status.ok()) return status;
    machines[machine.name].machine = {
        "machine:" + machine.name, machine.type, machine.role_arn, machine.definition, 1, {}};
    return "machine:" + machine.name;
  }
  absl::StatusOr<std::string> CreateActivity(const Activity& activity) override {
    if (absl::Status status = Note("create activity " + activity.name); !status.ok()) return status;
    activities[activity.name] = activity.tags;
    return "activity:" + activity.name;
  }
  absl::Status UpdateMachine(const Machine& machine) override {
    if (absl::Status status = Note("update " + machine.name); !status.ok()) return status;
    CurrentMachine& current = machines[machine.name].machine;
    current.definition = machine.definition;
    if (!machine.role_arn.empty()) current.role_arn = machine.role_arn;
    ++current.revision;
    return absl::OkStatus();
  }
  absl::Status SetTags(const std::string& arn, const Tags& tags) override {
    if (absl::Status status = Note("tag " + arn); !status.ok()) return status;
    for (const auto& [key, value] : tags) TagsOf(arn)[key] = value;
    return absl::OkStatus();
  }
  absl::Status RemoveTags(const std::string& arn, const std::vector<std::string>& keys) override {
    if (absl::Status status = Note("untag " + arn); !status.ok()) return status;
    for (const std::string& key : keys) TagsOf(arn).erase(key);
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> PublishVersion(const std::string& machine, const std::string&) override {
    if (absl::Status status = Note("publish " + machine); !status.ok()) return status;
    Stored& stored = machines[machine];
    const auto number = static_cast<int64_t>(stored.versions.size()) + 1;
    stored.versions.push_back({number, stored.machine.revision});
    return number;
  }
  absl::Status SetAlias(const std::string& machine, const Alias& alias) override {
    if (absl::Status status = Note(absl::StrCat("alias ", machine, ":", alias.name));
        !status.ok()) {
      return status;
    }
    std::vector<Alias>& aliases = machines[machine].aliases;
    for (Alias& known : aliases) {
      if (known.name != alias.name) continue;
      known = alias;
      return absl::OkStatus();
    }
    aliases.push_back(alias);
    return absl::OkStatus();
  }
  absl::Status DeleteMachine(const std::string& name) override {
    machines.erase(name);
    return Note("delete " + name);
  }
  absl::Status DeleteActivity(const std::string& name) override {
    activities.erase(name);
    return Note("delete activity " + name);
  }

  std::map<std::string, Stored> machines;
  std::map<std::string, Tags> activities;
  std::vector<std::string> calls;
  std::string fails_at;

 private:
  absl::Status Note(const std::string& call) {
    if (call == fails_at) return absl::UnavailableError("gone");
    calls.push_back(call);
    return absl::OkStatus();
  }
  Tags& TagsOf(const std::string& arn) {
    const std::string name = arn.substr(arn.find(':') + 1);
    return absl::StartsWith(arn, "machine:") ? machines[name].machine.tags : activities[name];
  }
};

}  // namespace pawl::deploy
