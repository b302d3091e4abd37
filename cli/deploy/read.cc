#include "cli/deploy/read.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/deploy/reader.h"

namespace pawl::deploy {
namespace {

using Form = void (*)(const std::string& path, const FormOptions& options, const Reading& reading);

struct Found {
  Form form = nullptr;
  std::string path;
};

constexpr char kForms[] =
    "a CloudFormation or SAM template (template.yaml, template.json), cdk.out, serverless.yml, or "
    "definitions (*.asl.json, *.asl.yaml)";

// What a folder holds, by the names that the tools give their files.
absl::StatusOr<Found> FindInFolder(const std::string& path, const Files& files) {
  absl::StatusOr<std::vector<std::string>> names = files.List(path);
  if (!names.ok()) return names.status();
  const auto has = [&names](absl::string_view name) {
    return std::find(names->begin(), names->end(), name) != names->end();
  };
  if (has("manifest.json") && has("cdk.out")) return Found{&ReadCloudAssembly, path};
  std::vector<Found> found;
  std::vector<std::string> said;
  const auto add = [&](const std::string& name, Form form, const std::string& where) {
    said.push_back(name);
    found.push_back({form, where});
  };
  for (const char* name : {"template.yaml", "template.yml", "template.json"}) {
    if (has(name)) add(name, &ReadTemplateFile, JoinPath(path, name));
  }
  for (const char* name : {"serverless.yml", "serverless.yaml", "serverless.json"}) {
    if (has(name)) add(name, &ReadServerless, JoinPath(path, name));
  }
  if (has("cdk.out") && files.KindOf(JoinPath(path, "cdk.out")) == FileKind::kFolder) {
    add("cdk.out", &ReadCloudAssembly, JoinPath(path, "cdk.out"));
  }
  const bool has_definitions = std::any_of(names->begin(), names->end(), &IsDefinitionName);
  // A template names the definitions beside it by DefinitionUri.
  if (found.empty() && has_definitions) add("definitions", &ReadDefinitions, path);
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": there is nothing here that can be deployed; give ", kForms));
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": there are several things to deploy: ",
                                                 absl::StrJoin(said, ", "), "; name one of them"));
}

// By what is in it.
absl::StatusOr<Found> FindInFile(const std::string& path, const Files& files) {
  if (BaseName(path) == "manifest.json") return Found{&ReadCloudAssembly, FolderOf(path)};
  absl::StatusOr<std::string> text = files.Read(path);
  if (!text.ok()) return text.status();
  YamlOptions options;
  options.has_cloudformation_tags = true;
  const absl::StatusOr<Document> document = Document::Parse(path, *std::move(text), options);
  if (!document.ok()) return document.status();
  const Value& root = document->root();
  if (root.is_object() && root.Find("stepFunctions") != nullptr) {
    return Found{&ReadServerless, path};
  }
  if (root.is_object() && root.Find("Resources") != nullptr) return Found{&ReadTemplateFile, path};
  if (root.is_object() && root.Find("StartAt") != nullptr) return Found{&ReadDefinitions, path};
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": the file has neither Resources, nor stepFunctions, nor StartAt; give ", kForms));
}

absl::StatusOr<Found> Find(const std::string& path, const Files& files) {
  switch (files.KindOf(path)) {
    case FileKind::kFolder:
      return FindInFolder(path, files);
    case FileKind::kFile:
      return FindInFile(path, files);
    case FileKind::kMissing:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": there is no such file or folder"));
}

// "shop" of "shop/template.yaml", "shop/serverless.yml" and "shop/", else the file's name.
std::string StackNameOf(const std::string& path, const Files& files) {
  if (files.KindOf(path) == FileKind::kFolder) return BaseName(path);
  const std::string base = BaseName(path);
  std::string stem = base.substr(0, base.find('.'));
  if (stem != "template" && stem != "serverless") return stem;
  const std::string folder = BaseName(FolderOf(path));
  return folder.empty() || folder == "." ? stem : folder;
}

}  // namespace

bool Read(const std::string& path, const ReadOptions& options, const Files& files, Bundle* bundle,
          std::vector<std::string>* problems) {
  absl::StatusOr<Parameters> parameters = Parameters::Parse(options.parameters);
  if (!parameters.ok()) {
    problems->emplace_back(parameters.status().message());
    return false;
  }
  const Reading reading{&files, &*parameters, bundle, problems};
  absl::StatusOr<Found> found = Find(path, files);
  if (!found.ok()) {
    reading.Problem(found.status());
    return false;
  }
  FormOptions form;
  form.settings.region = options.region;
  form.settings.account = options.account;
  form.stack = options.stack;
  // These have names of their own.
  const bool names_itself = found->form == &ReadCloudAssembly || found->form == &ReadServerless;
  if (form.stack.empty() && !names_itself) form.stack = StackNameOf(path, files);
  found->form(found->path, form, reading);
  if (problems->empty()) {
    if (const absl::Status status = parameters->CheckAllUsed(); !status.ok()) {
      reading.Problem(status);
    }
  }
  return problems->empty();
}

}  // namespace pawl::deploy
