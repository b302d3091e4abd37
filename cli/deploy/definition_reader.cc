#include "cli/deploy/definition_reader.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

absl::StatusOr<Substitutions> ReadSubstitutions(const Value& properties, const std::string& pointer,
                                                Evaluator* evaluator) {
  Substitutions substitutions;
  const Value* members = properties.Find("DefinitionSubstitutions");
  if (members == nullptr) return substitutions;
  const std::string at = Within(pointer, "DefinitionSubstitutions");
  absl::StatusOr<Value> values = evaluator->Evaluate(*members, at);
  if (!values.ok()) return values.status();
  if (!values->is_object()) {
    return evaluator->At(at, "DefinitionSubstitutions is a mapping of names to texts");
  }
  for (const auto& [name, value] : values->AsObject()) {
    absl::StatusOr<std::string> text = evaluator->EvaluateText(value, Within(at, name));
    if (!text.ok()) return text.status();
    substitutions[name] = *std::move(text);
  }
  return substitutions;
}

absl::Status TakeObject(const Value& definition, const std::string& pointer,
                        const Substitutions& substitutions, Evaluator* evaluator, Machine* machine,
                        std::set<std::string>* unknown) {
  absl::StatusOr<Value> value = evaluator->Evaluate(definition, pointer);
  if (!value.ok()) return value.status();
  if (!value->is_object()) return evaluator->At(pointer, "a Definition is an object");
  if (!substitutions.empty()) value = SubstituteValue(*value, substitutions, unknown);
  if (!value.ok()) return value.status();
  machine->value = *std::move(value);
  machine->definition = ToPrettyJson(machine->value);
  const Template& source = evaluator->source();
  machine->source = {source.path, source.text,
                     [locate = source.locate, pointer](const std::string& inner) {
                       return locate(absl::StrCat(pointer, inner == "/" ? "" : inner));
                     }};
  return absl::OkStatus();
}

absl::Status TakeText(const Value& definition, const std::string& pointer,
                      const Substitutions& substitutions, Evaluator* evaluator, Machine* machine,
                      std::set<std::string>* unknown) {
  absl::StatusOr<std::string> text = evaluator->EvaluateText(definition, pointer);
  if (!text.ok()) return text.status();
  if (!substitutions.empty()) text = SubstituteJson(*text, substitutions, unknown);
  if (!text.ok()) return text.status();
  const absl::StatusOr<Value> value = ParseJson(*text);
  if (!value.ok()) {
    return evaluator->At(pointer, absl::StrCat("the text of the definition: ",
                                               std::string(value.status().message())));
  }
  machine->value = *value;
  machine->definition = *text;
  machine->source = {absl::StrCat(evaluator->source().Where(pointer), " (its text)"),
                     *std::move(text)};
  return absl::OkStatus();
}

absl::StatusOr<std::string> LocationOf(const Value& location, const std::string& pointer,
                                       const TemplateOptions& options, Evaluator* evaluator) {
  absl::StatusOr<Value> value = evaluator->Evaluate(location, pointer);
  if (!value.ok()) return value.status();
  if (value->is_string()) {
    const std::string& path = value->AsString();
    if (absl::StartsWith(path, "s3://") || absl::StartsWith(path, "https://")) {
      return evaluator->At(pointer,
                           absl::StrCat("'", path, "' is not read from S3; name a local file"));
    }
    return JoinPath(options.folder, path);
  }
  const Value* key = value->is_object() ? value->Find("Key") : nullptr;
  if (key == nullptr || !key->is_string()) {
    return evaluator->At(pointer, "expected the path of a file, or Bucket and Key");
  }
  if (options.find_asset != nullptr) {
    if (const auto path = options.find_asset(key->AsString()); path.has_value()) return *path;
  }
  return evaluator->At(pointer, absl::StrCat("the object '", key->AsString(),
                                             "' is not read from S3; name a local file instead"));
}

}  // namespace

absl::Status ReadDefinitionFile(const std::string& path, const Files& files,
                                const Substitutions& substitutions, Machine* machine,
                                std::set<std::string>* unknown) {
  absl::StatusOr<std::string> text = files.Read(path);
  if (!text.ok()) return text.status();
  YamlOptions options;
  const bool is_yaml = IsYaml(path, *text);
  if (!substitutions.empty()) {
    // In YAML scalar by scalar, so that no value is read as syntax.
    options.rewrite = [&](absl::string_view scalar) {
      return Substitute(scalar, substitutions, unknown);
    };
    if (!is_yaml) text = SubstituteJson(*text, substitutions, unknown);
    if (!text.ok()) return text.status();
  }
  absl::StatusOr<Document> parsed = Document::Parse(path, *text, options);
  if (!parsed.ok()) return parsed.status();
  const auto document = std::make_shared<const Document>(*std::move(parsed));
  machine->value = document->root();
  machine->definition = is_yaml ? ToPrettyJson(machine->value) : *text;
  machine->source = {path, document->text(), nullptr};
  if (is_yaml) {
    machine->source.locate = [document](const std::string& pointer) {
      return document->Locate(pointer);
    };
  }
  return absl::OkStatus();
}

absl::Status ReadDefinitionProperties(const Value& properties, const std::string& pointer,
                                      const TemplateOptions& options, const Files& files,
                                      Evaluator* evaluator, Machine* machine,
                                      std::set<std::string>* unknown) {
  std::vector<const char*> given;
  for (const char* name :
       {"Definition", "DefinitionString", "DefinitionUri", "DefinitionS3Location"}) {
    if (properties.Find(name) != nullptr) given.push_back(name);
  }
  if (given.size() != 1) {
    return evaluator->At(
        pointer, given.empty() ? "a state machine needs a Definition, a DefinitionString, a "
                                 "DefinitionUri or a DefinitionS3Location"
                               : absl::StrCat(given[0], " and ", given[1], " exclude each other"));
  }
  absl::StatusOr<Substitutions> substitutions = ReadSubstitutions(properties, pointer, evaluator);
  if (!substitutions.ok()) return substitutions.status();
  const absl::string_view name = given[0];
  const Value& definition = *properties.Find(name);
  const std::string at = Within(pointer, name);
  if (name == "Definition") {
    return TakeObject(definition, at, *substitutions, evaluator, machine, unknown);
  }
  if (name == "DefinitionString") {
    return TakeText(definition, at, *substitutions, evaluator, machine, unknown);
  }
  const absl::StatusOr<std::string> path = LocationOf(definition, at, options, evaluator);
  if (!path.ok()) return path.status();
  absl::Status status = ReadDefinitionFile(*path, files, *substitutions, machine, unknown);
  if (status.ok()) return status;
  return evaluator->At(at, std::string(status.message()));
}

}  // namespace pawl::deploy
