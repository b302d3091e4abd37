// State machines, activities, versions and aliases of a CloudFormation or SAM template.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/deploy/alias_reader.h"
#include "cli/deploy/definition_reader.h"
#include "cli/deploy/evaluator.h"
#include "cli/deploy/reader.h"

namespace pawl::deploy {
namespace {

// A member that the deployment reads, or what to say of one that has no effect.
struct PropertyRule {
  absl::string_view name;
  const char* remedy;  // nullptr: it is read
};

constexpr char kByAws[] = "set it by AWS's API (docs/aws-api.md)";
constexpr char kNoRoles[] = "roles grant nothing here";

constexpr PropertyRule kRules[] = {
    {"AutoPublishAlias", nullptr},
    {"Definition", nullptr},
    {"DefinitionS3Location", nullptr},
    {"DefinitionString", nullptr},
    {"DefinitionSubstitutions", nullptr},
    {"DefinitionUri", nullptr},
    {"DeploymentPreference", nullptr},
    {"EncryptionConfiguration", kByAws},
    {"Events", "start executions from what raises the event: pawl start, the API"},
    {"Logging", kByAws},
    {"LoggingConfiguration", kByAws},
    {"Name", nullptr},
    {"PermissionsBoundary", kNoRoles},
    {"Policies", kNoRoles},
    {"PropagateTags", "the resources that it would tag are not made here"},
    {"Role", nullptr},
    {"RoleArn", nullptr},
    {"RolePath", kNoRoles},
    {"StateMachineName", nullptr},
    {"StateMachineType", nullptr},
    {"Tags", nullptr},
    {"Tracing", kByAws},
    {"TracingConfiguration", kByAws},
    {"Type", nullptr},
    {"UseAliasAsEventTarget", "events are not connected here"},
};

class TemplateReader {
 public:
  TemplateReader(const Template& source, const TemplateOptions& options, const Reading& reading)
      : source_(source),
        options_(options),
        reading_(reading),
        evaluator_(&source, options.settings, reading.parameters, &reading.bundle->stand_ins) {}

  void Run() {
    DeclareParameters();
    const Value* resources = source_.root.Find("Resources");
    if (resources == nullptr || !resources->is_object()) {
      return reading_.Problem(evaluator_.At("", "a template has Resources"));
    }
    std::vector<std::string> qualified;
    for (const auto& [id, resource] : resources->AsObject()) {
      const absl::Status status = ReadResource(id, resource, &qualified);
      if (!status.ok()) reading_.Problem(status);
    }
    for (const std::string& id : qualified) {
      const Value& resource = *resources->Find(id);
      const absl::Status status =
          ReadVersionOrAlias(id, resource, &evaluator_, machines_, reading_.bundle);
      if (!status.ok()) reading_.Problem(status);
    }
    for (const auto& [type, ids] : others_) NoteOthers(type, ids);
  }

 private:
  absl::Status ReadResource(const std::string& id, const Value& resource,
                            std::vector<std::string>* qualified);
  absl::Status ReadMachine(const std::string& id, const Value& resource, bool is_sam);
  absl::Status ReadActivity(const std::string& id, const Value& resource);
  absl::Status ReadIdentity(const std::string& id, const Value& resource, std::string* name,
                            std::string* where, bool* is_retained, Tags* tags);
  absl::StatusOr<std::string> TextOf(const Value& properties, const std::string& pointer,
                                     std::initializer_list<const char*> names);
  absl::Status ReadTags(const Value& tags, const std::string& pointer, Tags* out);
  absl::Status ReadSamAlias(const Value& properties, const std::string& pointer, Machine* machine);
  Value PropertiesOf(const Value& resource, bool is_sam) const;
  void NoteProperties(const std::string& id, const Value& properties, const std::string& pointer);
  void NoteOthers(const std::string& type, const std::vector<std::string>& ids);
  void DeclareParameters();
  void LeaveOut(const std::string& pointer, std::string text) {
    reading_.bundle->left_out.push_back({source_.Where(pointer), std::move(text)});
  }

  const Template& source_;
  const TemplateOptions& options_;
  const Reading& reading_;
  Evaluator evaluator_;
  std::map<std::string, size_t> machines_;                  // index in the bundle, by name
  std::map<std::string, std::vector<std::string>> others_;  // logical ids by type
};

void TemplateReader::DeclareParameters() {
  const Value* parameters = source_.root.Find("Parameters");
  if (parameters == nullptr || !parameters->is_object()) return;
  for (const auto& [name, ignored] : parameters->AsObject()) reading_.parameters->Declare(name);
}

absl::Status TemplateReader::ReadResource(const std::string& id, const Value& resource,
                                          std::vector<std::string>* qualified) {
  const std::string pointer = Within("/Resources", id);
  const Value* type = resource.is_object() ? resource.Find("Type") : nullptr;
  if (type == nullptr || !type->is_string()) {
    return evaluator_.At(
        pointer, absl::StartsWith(id, "Fn::")
                     ? absl::StrCat(id,
                                    " is not expanded here; deploy the processed template (aws "
                                    "cloudformation get-template --template-stage Processed)")
                     : absl::StrCat("the resource ", id, " has no Type"));
  }
  const std::string& name = type->AsString();
  const bool is_machine = name == "AWS::StepFunctions::StateMachine";
  const bool is_sam = name == "AWS::Serverless::StateMachine";
  const bool is_activity = name == "AWS::StepFunctions::Activity";
  const bool is_qualified = name == "AWS::StepFunctions::StateMachineVersion" ||
                            name == "AWS::StepFunctions::StateMachineAlias";
  if (!is_machine && !is_sam && !is_activity && !is_qualified) {
    if (options_.synonyms.count(id) == 0) others_[name].push_back(id);
    return absl::OkStatus();
  }
  if (const Value* condition = resource.Find("Condition");
      condition != nullptr && condition->is_string()) {
    const absl::StatusOr<bool> holds =
        evaluator_.EvaluateCondition(condition->AsString(), Within(pointer, "Condition"));
    if (!holds.ok()) return holds.status();
    if (!*holds) {
      LeaveOut(pointer, absl::StrCat(id, ": its condition ", condition->AsString(), " is false"));
      return absl::OkStatus();
    }
  }
  if (is_qualified) {
    qualified->push_back(id);
    return absl::OkStatus();
  }
  return is_activity ? ReadActivity(id, resource) : ReadMachine(id, resource, is_sam);
}

// With what the Globals of a SAM template add.
Value TemplateReader::PropertiesOf(const Value& resource, bool is_sam) const {
  const Value* own = resource.Find("Properties");
  Value properties = own != nullptr && own->is_object() ? *own : Value::EmptyObject();
  const Value* globals = is_sam ? source_.root.Find("Globals") : nullptr;
  const Value* more =
      globals != nullptr && globals->is_object() ? globals->Find("StateMachine") : nullptr;
  if (more == nullptr || !more->is_object()) return properties;
  Value::Members members = more->AsObject();
  for (const auto& member : properties.AsObject()) members.push_back(member);
  return Value::Object(std::move(members));
}

absl::StatusOr<std::string> TemplateReader::TextOf(const Value& properties,
                                                   const std::string& pointer,
                                                   std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const Value* value = properties.Find(name);
    if (value == nullptr) continue;
    const std::string at = Within(pointer, name);
    absl::StatusOr<Value> evaluated = evaluator_.Evaluate(*value, at);
    if (!evaluated.ok()) return evaluated.status();
    if (!evaluated->is_null()) return evaluator_.EvaluateText(*evaluated, at);
  }
  return std::string();
}

absl::Status TemplateReader::ReadTags(const Value& tags, const std::string& pointer, Tags* out) {
  absl::StatusOr<Value> value = evaluator_.Evaluate(tags, pointer);
  if (!value.ok()) return value.status();
  const auto add = [&](const Value& key, const Value& text) -> absl::Status {
    absl::StatusOr<std::string> name = evaluator_.EvaluateText(key, pointer);
    if (!name.ok()) return name.status();
    absl::StatusOr<std::string> content = evaluator_.EvaluateText(text, pointer);
    if (!content.ok()) return content.status();
    (*out)[*name] = *content;
    return absl::OkStatus();
  };
  if (value->is_object()) {  // SAM's form
    for (const auto& [name, text] : value->AsObject()) {
      if (absl::Status status = add(Value::String(name), text); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (!value->is_array()) return evaluator_.At(pointer, "Tags are a list of Key and Value");
  for (const Value& tag : value->AsArray()) {
    const Value* key = tag.is_object() ? tag.Find("Key") : nullptr;
    const Value* text = tag.is_object() ? tag.Find("Value") : nullptr;
    if (key == nullptr || text == nullptr) {
      return evaluator_.At(pointer, "Tags are a list of Key and Value");
    }
    if (absl::Status status = add(*key, *text); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status TemplateReader::ReadIdentity(const std::string& id, const Value& resource,
                                          std::string* name, std::string* where, bool* is_retained,
                                          Tags* tags) {
  bool is_made_up = false;
  absl::StatusOr<std::string> given = evaluator_.NameOf(id, &is_made_up);
  if (!given.ok()) return given.status();
  *name = *std::move(given);
  *where = source_.Where(Within("/Resources", id));
  const Value* policy = resource.Find("DeletionPolicy");
  *is_retained =
      policy != nullptr && policy->is_string() && absl::StartsWith(policy->AsString(), "Retain");
  *tags = options_.stack_tags;
  if (!*is_retained) (*tags)[kStackTag] = options_.settings.stack;
  const Value* properties = resource.Find("Properties");
  const Value* own =
      properties != nullptr && properties->is_object() ? properties->Find("Tags") : nullptr;
  if (own == nullptr) return absl::OkStatus();
  return ReadTags(*own, Within(Within(Within("/Resources", id), "Properties"), "Tags"), tags);
}

absl::Status TemplateReader::ReadActivity(const std::string& id, const Value& resource) {
  Activity activity;
  activity.stack = options_.settings.stack;
  absl::Status status = ReadIdentity(id, resource, &activity.name, &activity.where,
                                     &activity.is_retained, &activity.tags);
  if (!status.ok()) return status;
  const Value* properties = resource.Find("Properties");
  if (properties != nullptr && properties->is_object() &&
      properties->Find("EncryptionConfiguration") != nullptr) {
    LeaveOut(Within("/Resources", id), absl::StrCat(id, ": EncryptionConfiguration; ", kByAws));
  }
  reading_.bundle->activities.push_back(std::move(activity));
  return absl::OkStatus();
}

absl::Status TemplateReader::ReadMachine(const std::string& id, const Value& resource,
                                         bool is_sam) {
  Machine machine;
  machine.stack = options_.settings.stack;
  absl::Status status = ReadIdentity(id, resource, &machine.name, &machine.where,
                                     &machine.is_retained, &machine.tags);
  if (!status.ok()) return status;
  const Value properties = PropertiesOf(resource, is_sam);
  const std::string pointer = Within(Within("/Resources", id), "Properties");
  const absl::StatusOr<std::string> type =
      TextOf(properties, pointer, {is_sam ? "Type" : "StateMachineType"});
  if (!type.ok()) return type.status();
  if (!type->empty() && *type != "STANDARD" && *type != "EXPRESS") {
    return evaluator_.At(Within(pointer, is_sam ? "Type" : "StateMachineType"),
                         absl::StrCat("'", *type, "' is neither STANDARD nor EXPRESS"));
  }
  if (*type == "EXPRESS") machine.type = asl::MachineType::kExpress;
  evaluator_.set_notes_stand_ins(false);  // a role has no effect
  const absl::StatusOr<std::string> role =
      TextOf(properties, pointer, {is_sam ? "Role" : "RoleArn"});
  evaluator_.set_notes_stand_ins(true);
  if (!role.ok()) return role.status();
  machine.role_arn = *role;
  std::set<std::string> unknown;
  status = ReadDefinitionProperties(properties, pointer, options_, *reading_.files, &evaluator_,
                                    &machine, &unknown);
  if (!status.ok()) return status;
  if (HasVersionStandIn(machine.definition)) {
    return evaluator_.At(pointer, absl::StrCat(id,
                                               ": its definition names a version that is known "
                                               "after the deployment only; name an alias instead"));
  }
  if (!unknown.empty()) {
    LeaveOut(pointer, absl::StrCat(id, ": nothing is substituted for ${",
                                   absl::StrJoin(unknown, "}, ${"), "}"));
  }
  if (is_sam) status = ReadSamAlias(properties, pointer, &machine);
  if (!status.ok()) return status;
  NoteProperties(id, properties, pointer);
  machines_[machine.name] = reading_.bundle->machines.size();
  reading_.bundle->machines.push_back(std::move(machine));
  return absl::OkStatus();
}

absl::Status TemplateReader::ReadSamAlias(const Value& properties, const std::string& pointer,
                                          Machine* machine) {
  const absl::StatusOr<std::string> alias = TextOf(properties, pointer, {"AutoPublishAlias"});
  if (!alias.ok()) return alias.status();
  if (alias->empty()) return absl::OkStatus();
  machine->publishes = Publishes::kRevision;
  machine->aliases.push_back({*alias, "", {Route{}}});
  const Value* preference = properties.Find("DeploymentPreference");
  if (preference == nullptr) return absl::OkStatus();
  return NoteDeploymentPreference(*preference, Within(pointer, "DeploymentPreference"), *alias,
                                  &evaluator_, reading_.bundle);
}

void TemplateReader::NoteProperties(const std::string& id, const Value& properties,
                                    const std::string& pointer) {
  for (const auto& [name, value] : properties.AsObject()) {
    const auto* const rule =
        std::find_if(std::begin(kRules), std::end(kRules),
                     [&name = name](const PropertyRule& known) { return known.name == name; });
    if (rule != std::end(kRules) && rule->remedy == nullptr) continue;
    const std::string text = absl::StrCat(id, ": ", name);
    if (rule == std::end(kRules)) {
      LeaveOut(Within(pointer, name),
               absl::StrCat(text, ", which is not a property that is known"));
    } else if (name == "Events" && value.is_object()) {
      std::vector<std::string> events;
      for (const auto& [event, ignored] : value.AsObject()) events.push_back(event);
      LeaveOut(Within(pointer, name),
               absl::StrCat(text, " (", absl::StrJoin(events, ", "), "); ", rule->remedy));
    } else {
      LeaveOut(Within(pointer, name), absl::StrCat(text, "; ", rule->remedy));
    }
  }
}

void TemplateReader::NoteOthers(const std::string& type, const std::vector<std::string>& ids) {
  constexpr size_t kShown = 6;
  std::vector<std::string> shown = ids;
  if (shown.size() > kShown) shown.resize(kShown);
  std::string text = absl::StrCat(type, ": ", absl::StrJoin(shown, ", "));
  if (ids.size() > kShown) absl::StrAppend(&text, " and ", ids.size() - kShown, " more");
  if (type == "AWS::CloudFormation::Stack" || type == "AWS::Serverless::Application") {
    text += "; deploy its template by itself";
  }
  if (type == "AWS::Lambda::Function" || type == "AWS::Serverless::Function") {
    text += "; workers serve the queues of these names";
  }
  LeaveOut(Within("/Resources", ids[0]), std::move(text));
}

}  // namespace

void ReadTemplate(const Template& source, const TemplateOptions& options, const Reading& reading) {
  TemplateReader(source, options, reading).Run();
}

void ReadTemplateFile(const std::string& path, const FormOptions& options, const Reading& reading) {
  absl::StatusOr<std::string> text = reading.files->Read(path);
  if (!text.ok()) return reading.Problem(text.status());
  YamlOptions yaml;
  yaml.has_cloudformation_tags = true;
  absl::StatusOr<Document> document = Document::Parse(path, *std::move(text), yaml);
  if (!document.ok()) return reading.Problem(document.status());
  TemplateOptions template_options;
  template_options.settings = options.settings;
  template_options.settings.stack = options.stack;
  template_options.folder = FolderOf(path);
  reading.bundle->form =
      document->root().Find("Transform") != nullptr ? "SAM template" : "CloudFormation template";
  reading.bundle->stacks = {options.stack};
  ReadTemplate(TemplateOf(*std::move(document)), template_options, reading);
}

}  // namespace pawl::deploy
