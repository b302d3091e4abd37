// Internal to cli/deploy: what the readers of all forms work on.
#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "cli/deploy/bundle.h"
#include "cli/deploy/files.h"
#include "cli/deploy/parameters.h"
#include "cli/deploy/template.h"

namespace pawl::deploy {

struct Reading {
  const Files* files = nullptr;
  Parameters* parameters = nullptr;
  Bundle* bundle = nullptr;
  // "FILE:LINE:COLUMN: what is wrong": all of it, so that people see it at once.
  std::vector<std::string>* problems = nullptr;

  // Once each: what is wrong with a parameter is found wherever it is used.
  void Problem(const absl::Status& status) const {
    std::string text(status.message());
    if (std::find(problems->begin(), problems->end(), text) == problems->end()) {
      problems->push_back(std::move(text));
    }
  }
};

struct TemplateOptions {
  Settings settings;
  std::string folder;  // what files are relative to
  Tags stack_tags;     // of all its machines and activities
  // Logical ids that are other names of resources: not named among what is left out.
  std::set<std::string> synonyms = {};
  // The file that an object of an S3 bucket is made from; null where there is none.
  std::function<absl::optional<std::string>(const std::string& key)> find_asset = nullptr;
};

// Adds what `source` declares to the bundle.
void ReadTemplate(const Template& source, const TemplateOptions& options, const Reading& reading);

// The forms of read.h, each from its own file. `path` is a file; of a folder of definitions it is the
// folder, and of the CDK's output the folder with the manifest.json.
struct FormOptions {
  Settings settings;
  // As --stack gives it; "" where it does not.
  std::string stack;
};
void ReadTemplateFile(const std::string& path, const FormOptions& options, const Reading& reading);
void ReadDefinitions(const std::string& path, const FormOptions& options, const Reading& reading);
void ReadCloudAssembly(const std::string& path, const FormOptions& options, const Reading& reading);
void ReadServerless(const std::string& path, const FormOptions& options, const Reading& reading);

}  // namespace pawl::deploy
