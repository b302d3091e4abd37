// The CDK's cloud assembly, cdk.out: manifest.json names a template for each stack, and the assemblies
// of stages; STACK.assets.json names the files behind objects of S3.
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/deploy/reader.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

constexpr size_t kMaxStages = 100;

class CloudAssembly {
 public:
  CloudAssembly(const FormOptions& options, const Reading& reading)
      : options_(options), reading_(reading) {}

  void Read(const std::string& folder);
  void Finish(const std::string& folder);

 private:
  absl::StatusOr<Document> ReadJson(const std::string& path) const;
  void ReadStack(const std::string& folder, const std::string& artifact, const Value& properties);
  void ReadAssets(const std::string& folder, const std::string& path);

  const FormOptions& options_;
  const Reading& reading_;
  std::map<std::string, std::string> assets_;  // file by the key of its object
  std::vector<std::string> others_;            // stacks that --stack leaves out
  size_t stages_ = 0;
};

absl::StatusOr<Document> CloudAssembly::ReadJson(const std::string& path) const {
  absl::StatusOr<std::string> text = reading_.files->Read(path);
  if (!text.ok()) return text.status();
  return Document::Parse(path, *std::move(text));
}

const Value* Member(const Value& value, absl::string_view name, bool (Value::*is)() const) {
  const Value* member = value.is_object() ? value.Find(name) : nullptr;
  return member != nullptr && (member->*is)() ? member : nullptr;
}

void CloudAssembly::ReadAssets(const std::string& folder, const std::string& path) {
  const absl::StatusOr<Document> document = ReadJson(path);
  if (!document.ok()) return reading_.Problem(document.status());
  const Value* files = Member(document->root(), "files", &Value::is_object);
  if (files == nullptr) return;
  for (const auto& [id, file] : files->AsObject()) {
    const Value* source = Member(file, "source", &Value::is_object);
    const Value* name = source == nullptr ? nullptr : Member(*source, "path", &Value::is_string);
    const Value* destinations = Member(file, "destinations", &Value::is_object);
    if (name == nullptr || destinations == nullptr) continue;  // made by a program
    for (const auto& [ignored, destination] : destinations->AsObject()) {
      if (const Value* key = Member(destination, "objectKey", &Value::is_string)) {
        assets_[key->AsString()] = JoinPath(folder, name->AsString());
      }
    }
  }
}

void CloudAssembly::ReadStack(const std::string& folder, const std::string& artifact,
                              const Value& properties) {
  const Value* file = Member(properties, "templateFile", &Value::is_string);
  if (file == nullptr) {
    reading_.problems->push_back(absl::StrCat(JoinPath(folder, "manifest.json"), ": the stack ",
                                              artifact, " has no templateFile"));
    return;
  }
  const Value* named = Member(properties, "stackName", &Value::is_string);
  TemplateOptions options;
  options.settings = options_.settings;
  options.settings.stack = named != nullptr ? named->AsString() : artifact;
  const std::string& stack = options.settings.stack;
  if (!options_.stack.empty() && stack != options_.stack && artifact != options_.stack) {
    others_.push_back(stack);
    return;
  }
  options.folder = folder;
  options.find_asset = [this](const std::string& key) -> absl::optional<std::string> {
    const auto found = assets_.find(key);
    if (found == assets_.end()) return absl::nullopt;
    return found->second;
  };
  if (const Value* tags = Member(properties, "tags", &Value::is_object)) {
    for (const auto& [name, value] : tags->AsObject()) {
      if (value.is_string()) options.stack_tags[name] = value.AsString();
    }
  }
  absl::StatusOr<Document> document = ReadJson(JoinPath(folder, file->AsString()));
  if (!document.ok()) return reading_.Problem(document.status());
  reading_.bundle->stacks.push_back(stack);
  ReadTemplate(TemplateOf(*std::move(document)), options, reading_);
}

void CloudAssembly::Read(const std::string& folder) {
  const std::string path = JoinPath(folder, "manifest.json");
  const absl::StatusOr<Document> manifest = ReadJson(path);
  if (!manifest.ok()) return reading_.Problem(manifest.status());
  const Value* artifacts = Member(manifest->root(), "artifacts", &Value::is_object);
  if (artifacts == nullptr) {
    reading_.problems->push_back(
        absl::StrCat(path, ": the manifest has no artifacts; run cdk synth"));
    return;
  }
  const absl::StatusOr<std::vector<std::string>> names = reading_.files->List(folder);
  if (!names.ok()) return reading_.Problem(names.status());
  for (const std::string& name : *names) {
    if (absl::EndsWith(name, ".assets.json")) ReadAssets(folder, JoinPath(folder, name));
  }
  for (const auto& [name, artifact] : artifacts->AsObject()) {
    const Value* type = Member(artifact, "type", &Value::is_string);
    const Value* properties = Member(artifact, "properties", &Value::is_object);
    if (type == nullptr || properties == nullptr) continue;
    if (type->AsString() == "aws:cloudformation:stack") {
      ReadStack(folder, name, *properties);
    } else if (type->AsString() == "cdk:cloud-assembly") {
      const Value* directory = Member(*properties, "directoryName", &Value::is_string);
      if (directory == nullptr || ++stages_ > kMaxStages) {
        reading_.problems->push_back(absl::StrCat(
            path, ": the stage ", name,
            directory == nullptr ? " has no directoryName" : " is one too many: more than 100"));
        return;
      }
      Read(JoinPath(folder, directory->AsString()));
    }
  }
}

void CloudAssembly::Finish(const std::string& folder) {
  if (!options_.stack.empty() && reading_.bundle->stacks.empty() && reading_.problems->empty()) {
    reading_.problems->push_back(absl::StrCat(folder, ": there is no stack '", options_.stack,
                                              "'; there are ", absl::StrJoin(others_, ", ")));
  }
  for (const std::string& stack : others_) {
    reading_.bundle->left_out.push_back({folder, absl::StrCat("the stack ", stack)});
  }
}

}  // namespace

void ReadCloudAssembly(const std::string& path, const FormOptions& options,
                       const Reading& reading) {
  reading.bundle->form = "CDK app";
  CloudAssembly assembly(options, reading);
  assembly.Read(path);
  assembly.Finish(path);
}

}  // namespace pawl::deploy
