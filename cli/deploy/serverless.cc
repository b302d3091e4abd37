// serverless.yml with the plugin serverless-step-functions: turned into the template that the plugin
// would make of it, as far as definitions can refer to it, and read as such.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/deploy/reader.h"
#include "cli/deploy/serverless_variables.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

// "charge-card" becomes "ChargeDashcard": the logical ids that Serverless makes of names.
std::string Normalized(const std::string& name) {
  std::string out = absl::StrReplaceAll(name, {{"-", "Dash"}, {"_", "Underscore"}});
  if (!out.empty()) out[0] = absl::ascii_toupper(static_cast<unsigned char>(out[0]));
  return out;
}

// #{AWS::Region}, as an older plugin has it, and texts with ${AWS::Region} are Fn::Sub.
Value WithPseudoParameters(const Value& value) {
  if (value.is_string()) {
    const std::string& text = value.AsString();
    if (!absl::StrContains(text, "#{AWS::")) return value;
    return Value::Object(
        {{"Fn::Sub", Value::String(absl::StrReplaceAll(text, {{"#{AWS::", "${AWS::"}}))}});
  }
  if (value.is_array()) {
    Value::Elements elements;
    for (const Value& element : value.AsArray()) elements.push_back(WithPseudoParameters(element));
    return Value::Array(std::move(elements));
  }
  if (!value.is_object()) return value;
  Value::Members members;
  for (const auto& [name, member] : value.AsObject()) {
    members.emplace_back(name, WithPseudoParameters(member));
  }
  return Value::Object(std::move(members));
}

// Members of a state machine beside name, definition and those that have their equal in a template.
constexpr absl::string_view kLeftOut[] = {
    "alarms",        "encryptionConfig",  "events",         "loggingConfig", "notifications",
    "tracingConfig", "iamRoleStatements", "useExactVersion"};
constexpr absl::string_view kRead[] = {
    "definition", "dependsOn", "id", "inheritGlobalTags", "name", "retain", "role", "tags", "type"};

template <typename Names>
bool IsOneOf(absl::string_view name, const Names& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

class ServerlessReader {
 public:
  ServerlessReader(Document document, const FormOptions& options, const Reading& reading)
      : document_(std::move(document)),
        options_(options),
        reading_(reading),
        variables_(&document_.root(), FolderOf(document_.path()), reading.files, reading.parameters,
                   options_.settings) {}

  void Run();

 private:
  absl::Status Name();
  void AddFunctions();
  void AddResources();
  absl::Status AddMachines(const Value& step_functions);
  absl::Status AddMachine(const std::string& key, const Value& machine, const std::string& pointer);
  absl::Status AddActivities(const Value& step_functions);
  // A member of the file with its variables resolved; nullopt where it is missing.
  absl::StatusOr<absl::optional<Value>> Resolved(const Value& holder, const std::string& pointer,
                                                 absl::string_view name);
  absl::Status At(const std::string& pointer, absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(document_.Where(pointer), ": ", message));
  }
  void LeaveOut(const std::string& pointer, std::string text) const {
    reading_.bundle->left_out.push_back({document_.Where(pointer), std::move(text)});
  }
  // The same of what definitions may lead to: variables without a value stay, until one does.
  absl::optional<Value> ResolvedInPart(absl::string_view name);
  void CheckNothingIsLeft();
  void AddResource(const std::string& id, const std::string& pointer, Value resource);
  Template Finish();

  const Document document_;
  FormOptions options_;
  const Reading& reading_;
  ServerlessVariables variables_;
  Value::Members resources_;
  std::set<std::string> synonyms_;
  // Where the parts of the template come from: pointers into the file, by those into the template.
  std::map<std::string, std::string> origins_;
};

absl::StatusOr<absl::optional<Value>> ServerlessReader::Resolved(const Value& holder,
                                                                 const std::string& pointer,
                                                                 absl::string_view name) {
  const Value* member = holder.is_object() ? holder.Find(name) : nullptr;
  if (member == nullptr) return absl::optional<Value>();
  absl::StatusOr<Value> value = variables_.Resolve(*member);
  if (!value.ok()) {
    const absl::Status placed = At(absl::StrCat(Within(pointer, name), variables_.failed_at()),
                                   std::string(value.status().message()));
    return absl::Status(value.status().code(), placed.message());
  }
  return absl::optional<Value>(*std::move(value));
}

void ServerlessReader::AddResource(const std::string& id, const std::string& pointer,
                                   Value resource) {
  origins_[Within("/Resources", id)] = pointer;
  resources_.emplace_back(id, std::move(resource));
}

absl::optional<Value> ServerlessReader::ResolvedInPart(absl::string_view name) {
  variables_.set_keeps_unknown(true);
  absl::StatusOr<absl::optional<Value>> value = Resolved(document_.root(), "", name);
  variables_.set_keeps_unknown(false);
  if (value.ok()) return *std::move(value);
  reading_.Problem(value.status());
  return absl::nullopt;
}

void ServerlessReader::CheckNothingIsLeft() {
  for (const Machine& machine : reading_.bundle->machines) {
    const std::string variable = FindServerlessVariable(machine.definition);
    if (variable.empty()) continue;
    reading_.Problem(absl::InvalidArgumentError(absl::StrCat(
        machine.where, ": the definition of ", machine.name, " needs ", variable,
        ", which has no value; ", GiveParameter(variable.substr(2, variable.size() - 3)))));
  }
}

// The stack is SERVICE-STAGE, as Serverless names it.
absl::Status ServerlessReader::Name() {
  if (options_.stack.empty()) {
    absl::StatusOr<absl::optional<Value>> service = Resolved(document_.root(), "", "service");
    if (!service.ok()) return service.status();
    // An older form: service: {name: x}.
    if (service->has_value() && (*service)->is_object()) {
      const Value* name = (*service)->Find("name");
      *service = name == nullptr ? absl::optional<Value>() : absl::optional<Value>(*name);
    }
    if (!service->has_value() || !(*service)->is_string()) {
      return At("", "the file has no service; name the stack with --stack");
    }
    absl::StatusOr<std::string> stage = variables_.Stage();
    if (!stage.ok()) return At("", std::string(stage.status().message()));
    options_.stack = absl::StrCat((*service)->AsString(), "-", *stage);
  }
  options_.settings.stack = options_.stack;
  reading_.bundle->stacks = {options_.stack};
  return absl::OkStatus();
}

// Lists of mappings, as they come of several files, are one mapping.
std::vector<Value> GroupsOf(const Value& value) {
  if (value.is_array()) return value.AsArray();
  return {value};
}

// Definitions name functions by their keys, or by the logical ids that Serverless makes of them.
void ServerlessReader::AddFunctions() {
  const absl::optional<Value> all = ResolvedInPart("functions");
  if (!all.has_value()) return;
  for (const Value& functions : GroupsOf(*all)) {
    if (!functions.is_object()) continue;
    for (const auto& [key, function] : functions.AsObject()) {
      const Value* named = function.is_object() ? function.Find("name") : nullptr;
      const Value name = named != nullptr && named->is_string() ? *named : Value::String(key);
      const Value resource =
          Value::Object({{"Type", Value::String("AWS::Lambda::Function")},
                         {"Properties", Value::Object({{"FunctionName", name}})}});
      const std::string pointer = Within("/functions", key);
      const std::string logical_id = absl::StrCat(Normalized(key), "LambdaFunction");
      AddResource(key, pointer, resource);
      AddResource(logical_id, pointer, resource);
      synonyms_.insert(logical_id);
    }
  }
}

void ServerlessReader::AddResources() {
  const absl::optional<Value> all = ResolvedInPart("resources");
  if (!all.has_value()) return;
  for (const Value& group : GroupsOf(*all)) {
    const Value* members = group.is_object() ? group.Find("Resources") : nullptr;
    if (members == nullptr || !members->is_object()) continue;
    for (const auto& [id, resource] : members->AsObject()) {
      AddResource(id, Within("/resources/Resources", id), resource);
    }
  }
}

absl::Status ServerlessReader::AddMachine(const std::string& key, const Value& machine,
                                          const std::string& pointer) {
  if (!machine.is_object()) return At(pointer, absl::StrCat(key, " is not a state machine"));
  const Value* definition = machine.Find("definition");
  if (definition == nullptr) return At(pointer, absl::StrCat(key, " has no definition"));
  const auto text = [&machine](absl::string_view name) {
    const Value* value = machine.Find(name);
    return value != nullptr && value->is_string() ? value->AsString() : std::string();
  };
  const Value* named = machine.Find("name");
  Value::Members properties = {
      {"StateMachineName", named == nullptr ? Value::String(key) : WithPseudoParameters(*named)},
      {definition->is_string() ? "DefinitionString" : "Definition",
       WithPseudoParameters(*definition)}};
  if (const Value* type = machine.Find("type")) properties.emplace_back("StateMachineType", *type);
  if (const Value* role = machine.Find("role")) properties.emplace_back("RoleArn", *role);
  if (const Value* tags = machine.Find("tags")) properties.emplace_back("Tags", *tags);
  Value::Members resource = {{"Type", Value::String("AWS::StepFunctions::StateMachine")},
                             {"Properties", Value::Object(std::move(properties))}};
  if (const Value* retain = machine.Find("retain");
      retain != nullptr && retain->is_bool() && retain->AsBool()) {
    resource.emplace_back("DeletionPolicy", Value::String("Retain"));
  }
  std::string id = !text("id").empty() ? Normalized(text("id"))
                   : !text("name").empty()
                       ? Normalized(text("name"))
                       : absl::StrCat(Normalized(key), "StepFunctionsStateMachine");
  AddResource(id, pointer, Value::Object(std::move(resource)));
  origins_[absl::StrCat(Within("/Resources", id), "/Properties/Definition")] =
      Within(pointer, "definition");
  for (const auto& [name, ignored] : machine.AsObject()) {
    if (IsOneOf(name, kLeftOut)) LeaveOut(Within(pointer, name), absl::StrCat(key, ": ", name));
    if (!IsOneOf(name, kLeftOut) && !IsOneOf(name, kRead)) {
      LeaveOut(Within(pointer, name),
               absl::StrCat(key, ": ", name, ", which is not a property that is known"));
    }
  }
  return absl::OkStatus();
}

absl::Status ServerlessReader::AddMachines(const Value& step_functions) {
  const Value* machines = step_functions.Find("stateMachines");
  if (machines == nullptr) return absl::OkStatus();
  for (const Value& group : GroupsOf(*machines)) {
    if (!group.is_object()) return At("/stepFunctions/stateMachines", "stateMachines is a mapping");
    for (const auto& [key, machine] : group.AsObject()) {
      const absl::Status status =
          AddMachine(key, machine, Within("/stepFunctions/stateMachines", key));
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status ServerlessReader::AddActivities(const Value& step_functions) {
  const Value* activities = step_functions.Find("activities");
  if (activities == nullptr) return absl::OkStatus();
  const std::string pointer = "/stepFunctions/activities";
  if (!activities->is_array()) return At(pointer, "activities is a list of names");
  size_t i = 0;
  for (const Value& activity : activities->AsArray()) {
    const std::string at = absl::StrCat(pointer, "/", i++);
    if (!activity.is_string()) return At(at, "an activity is a name");
    AddResource(absl::StrCat(Normalized(activity.AsString()), "StepFunctionsActivity"), at,
                Value::Object({{"Type", Value::String("AWS::StepFunctions::Activity")},
                               {"Properties", Value::Object({{"Name", activity}})}}));
  }
  return absl::OkStatus();
}

Template ServerlessReader::Finish() {
  const auto shared = std::make_shared<const Document>(document_);
  Template source;
  source.root = Value::Object({{"Resources", Value::Object(resources_)}});
  source.path = document_.path();
  source.text = document_.text();
  source.locate = [shared, origins = origins_](const std::string& pointer) {
    // The longest part of the pointer whose origin is known.
    for (std::string head = pointer; !head.empty(); head.resize(head.rfind('/'))) {
      const auto origin = origins.find(head);
      if (origin != origins.end()) {
        return shared->Locate(absl::StrCat(origin->second, pointer.substr(head.size())));
      }
    }
    return shared->Locate("");
  };
  return source;
}

void ServerlessReader::Run() {
  reading_.bundle->form = "serverless.yml";
  absl::Status status = Name();
  if (!status.ok()) return reading_.Problem(status);
  absl::StatusOr<absl::optional<Value>> step_functions =
      Resolved(document_.root(), "", "stepFunctions");
  if (!step_functions.ok()) return reading_.Problem(step_functions.status());
  if (!step_functions->has_value() || !(*step_functions)->is_object()) {
    return reading_.Problem(At("", "the file has no stepFunctions"));
  }
  AddFunctions();
  AddResources();
  if (status = AddMachines(**step_functions); !status.ok()) return reading_.Problem(status);
  if (status = AddActivities(**step_functions); !status.ok()) return reading_.Problem(status);
  TemplateOptions options;
  options.settings = options_.settings;
  options.folder = FolderOf(document_.path());
  options.synonyms = synonyms_;
  const Value* provider = document_.root().Find("provider");
  absl::StatusOr<absl::optional<Value>> tags =
      Resolved(provider == nullptr ? Value() : *provider, "/provider", "tags");
  if (!tags.ok()) return reading_.Problem(tags.status());
  if (tags->has_value() && (*tags)->is_object()) {
    for (const auto& [name, value] : (*tags)->AsObject()) {
      options.stack_tags[name] = value.is_string() ? value.AsString() : ToJson(value);
    }
  }
  const Template source = Finish();
  ReadTemplate(source, options, reading_);
  CheckNothingIsLeft();
}

}  // namespace

void ReadServerless(const std::string& path, const FormOptions& options, const Reading& reading) {
  absl::StatusOr<std::string> text = reading.files->Read(path);
  if (!text.ok()) return reading.Problem(text.status());
  YamlOptions yaml;
  yaml.has_cloudformation_tags = true;
  absl::StatusOr<Document> document = Document::Parse(path, *std::move(text), yaml);
  if (!document.ok()) return reading.Problem(document.status());
  ServerlessReader(*std::move(document), options, reading).Run();
}

}  // namespace pawl::deploy
