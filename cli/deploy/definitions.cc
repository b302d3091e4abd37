// A folder of definitions, or one of them alone: each file is a STANDARD machine named after it.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/deploy/definition_reader.h"
#include "cli/deploy/read.h"
#include "cli/deploy/reader.h"

namespace pawl::deploy {
namespace {

std::string MachineNameOf(const std::string& path) {
  const std::string base = BaseName(path);
  absl::string_view name = base;
  for (const char* ending : {".json", ".yaml", ".yml"}) {
    if (absl::ConsumeSuffix(&name, ending)) break;
  }
  absl::ConsumeSuffix(&name, ".asl");
  return std::string(name);
}

void ReadOne(const std::string& path, const FormOptions& options, const Reading& reading) {
  Machine machine;
  machine.name = MachineNameOf(path);
  machine.stack = options.stack;
  machine.where = path;
  machine.tags[kStackTag] = options.stack;
  std::set<std::string> unknown;
  const absl::Status status = ReadDefinitionFile(path, *reading.files, {}, &machine, &unknown);
  if (!status.ok()) return reading.Problem(status);
  reading.bundle->machines.push_back(std::move(machine));
}

}  // namespace

bool IsDefinitionName(absl::string_view name) {
  return absl::EndsWith(name, ".asl.json") || absl::EndsWith(name, ".asl.yaml") ||
         absl::EndsWith(name, ".asl.yml");
}

void ReadDefinitions(const std::string& path, const FormOptions& options, const Reading& reading) {
  reading.bundle->stacks = {options.stack};
  if (reading.files->KindOf(path) == FileKind::kFile) {
    reading.bundle->form = "definition";
    return ReadOne(path, options, reading);
  }
  reading.bundle->form = "folder of definitions";
  absl::StatusOr<std::vector<std::string>> names = reading.files->List(path);
  if (!names.ok()) return reading.Problem(names.status());
  for (const std::string& name : *names) {
    const std::string file = JoinPath(path, name);
    if (IsDefinitionName(name)) {
      ReadOne(file, options, reading);
    } else if (reading.files->KindOf(file) == FileKind::kFolder) {
      const absl::StatusOr<std::vector<std::string>> inner = reading.files->List(file);
      if (!inner.ok()) continue;  // nothing of it would be deployed
      for (const std::string& below : *inner) {
        if (!IsDefinitionName(below)) continue;
        reading.bundle->left_out.push_back({file, "a folder below; deploy it by itself"});
        break;
      }
    }
  }
}

}  // namespace pawl::deploy
