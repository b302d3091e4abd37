// What Ref and Fn::GetAtt lead to: pseudo-parameters, parameters and resources.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/deploy/evaluator.h"
#include "cli/deploy/resource_values.h"
#include "cli/deploy/visit.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

constexpr absl::string_view kAliasType = "AWS::StepFunctions::StateMachineAlias";
constexpr absl::string_view kVersionType = "AWS::StepFunctions::StateMachineVersion";

constexpr absl::string_view kSamFunction = "AWS::Serverless::Function";

bool IsQualified(absl::string_view type) {
  return type == kAliasType || type == kVersionType || type == "AWS::Lambda::Alias" ||
         type == "AWS::Lambda::Version";
}

}  // namespace

absl::optional<Value> Evaluator::PseudoParameter(absl::string_view name) const {
  const std::string& region = settings_.region;
  if (name == "AWS::Region") return Value::String(region);
  if (name == "AWS::AccountId") return Value::String(settings_.account);
  if (name == "AWS::Partition") return Value::String("aws");
  if (name == "AWS::URLSuffix") return Value::String("amazonaws.com");
  if (name == "AWS::StackName") return Value::String(settings_.stack);
  if (name == "AWS::StackId") {
    return Value::String(absl::StrCat("arn:aws:cloudformation:", region, ":", settings_.account,
                                      ":stack/", settings_.stack, "/pawl"));
  }
  if (name == "AWS::NotificationARNs") return Value::Array({});
  return absl::nullopt;
}

absl::StatusOr<Value> Evaluator::ParameterValue(const std::string& name, const Value& declaration,
                                                const std::string& pointer) {
  const std::string* given = parameters_->Find(name);
  const Value* type = declaration.Find("Type");
  const std::string type_name = type != nullptr && type->is_string() ? type->AsString() : "String";
  const bool is_stored_elsewhere = absl::StartsWith(type_name, "AWS::SSM::Parameter::Value");
  const Value* standard = declaration.Find("Default");
  if (given == nullptr && (standard == nullptr || is_stored_elsewhere)) {
    return At(pointer, absl::StrCat("the parameter ", name,
                                    is_stored_elsewhere ? " is kept by AWS" : " has no default",
                                    "; ", GiveParameter(name)));
  }
  std::string text;
  if (given != nullptr) {
    text = *given;
  } else if (standard->is_string()) {
    text = standard->AsString();
  } else if (standard->is_number() || standard->is_bool()) {
    text = ToJson(*standard);
  } else {
    return At(Within(Within("/Parameters", name), "Default"), "a default is a text or a number");
  }
  if (const Value* allowed = declaration.Find("AllowedValues");
      allowed != nullptr && allowed->is_array()) {
    const bool is_allowed = std::any_of(
        allowed->AsArray().begin(), allowed->AsArray().end(), [&text](const Value& one) {
          return (one.is_string() ? one.AsString() : ToJson(one)) == text;
        });
    if (!is_allowed) {
      return At(Within(Within("/Parameters", name), "AllowedValues"),
                absl::StrCat("'", text, "' is not among the allowed values of ", name));
    }
  }
  if (type_name != "CommaDelimitedList" && !absl::StartsWith(type_name, "List<")) {
    return Value::String(text);
  }
  Value::Elements elements;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    elements.push_back(Value::String(absl::StripAsciiWhitespace(part)));
  }
  return Value::Array(std::move(elements));
}

std::string Evaluator::NamesLike(absl::string_view name) const {
  for (const char* section : {"Parameters", "Resources"}) {
    const Value* members = source_.root.Find(section);
    if (members == nullptr || !members->is_object()) continue;
    for (const auto& [known, ignored] : members->AsObject()) {
      if (absl::EqualsIgnoreCase(known, name)) return absl::StrCat("; did you mean ", known, "?");
    }
  }
  return "";
}

std::string Evaluator::TypeOf(absl::string_view logical_id) const {
  const Value* resource = Resource(logical_id);
  const Value* type =
      resource == nullptr || !resource->is_object() ? nullptr : resource->Find("Type");
  return type != nullptr && type->is_string() ? type->AsString() : "";
}

absl::StatusOr<std::string> Evaluator::NameOf(const std::string& logical_id, bool* is_made_up) {
  *is_made_up = true;
  const Value* resource = Resource(logical_id);
  if (resource == nullptr || !resource->is_object()) return logical_id;
  const ResourceKind* kind = FindKind(TypeOf(logical_id));
  const Value* properties = resource->Find("Properties");
  if (kind == nullptr || properties == nullptr || !properties->is_object()) return logical_id;
  const Value* name = properties->Find(kind->name_property);
  if (name == nullptr) return logical_id;
  const Visit visit(&visiting_, logical_id);
  const std::string pointer =
      Within(Within(Within("/Resources", logical_id), "Properties"), kind->name_property);
  if (!visit.circle().empty()) return At(pointer, visit.circle());
  absl::StatusOr<Value> value = Evaluate(*name, pointer);
  if (!value.ok()) return value.status();
  if (value->is_null()) return logical_id;
  *is_made_up = false;
  return EvaluateText(*value, pointer);
}

// Versions and aliases, whose values come from what they belong to.
absl::StatusOr<std::string> Evaluator::QualifiedArn(const std::string& name, absl::string_view type,
                                                    const std::string& pointer) {
  const Visit visit(&visiting_, name);
  if (!visit.circle().empty()) return At(pointer, visit.circle());
  const std::string at = Within(Within("/Resources", name), "Properties");
  const Value* properties = Resource(name)->Find("Properties");
  const auto text = [&](const char* property) -> absl::StatusOr<std::string> {
    const Value* value =
        properties == nullptr || !properties->is_object() ? nullptr : properties->Find(property);
    if (value == nullptr) return At(at, absl::StrCat(name, " has no ", property));
    return EvaluateText(*value, Within(at, property));
  };
  const bool is_lambda = absl::StartsWith(type, "AWS::Lambda::");
  absl::StatusOr<std::string> arn;
  if (type == kAliasType) {
    arn = MachineOfAlias(name, pointer);
  } else {
    arn = text(is_lambda ? "FunctionName" : "StateMachineArn");
  }
  if (!arn.ok() || type == "AWS::Lambda::Version") return arn;
  if (is_lambda && !absl::StartsWith(*arn, "arn:")) {
    arn = ArnOf(*FindKind("AWS::Lambda::Function"), settings_, *arn);
  }
  if (type == kVersionType) return VersionStandIn(*arn, name);
  absl::StatusOr<std::string> alias = text("Name");
  if (!alias.ok()) return alias;
  return absl::StrCat(*arn, ":", *alias);
}

// An alias names its machine by the versions that it leads to.
absl::StatusOr<std::string> Evaluator::MachineOfAlias(const std::string& name,
                                                      const std::string& pointer) {
  const Value* properties = Resource(name)->Find("Properties");
  std::string at = Within(Within("/Resources", name), "Properties");
  const Value* holder = nullptr;
  if (properties != nullptr && properties->is_object()) {
    holder = properties->Find("DeploymentPreference");
    const Value* routes = properties->Find("RoutingConfiguration");
    if (holder != nullptr) {
      at = Within(at, "DeploymentPreference");
    } else if (routes != nullptr && routes->is_array() && !routes->AsArray().empty()) {
      holder = &routes->AsArray()[0];
      at = absl::StrCat(at, "/RoutingConfiguration/0");
    }
  }
  const Value* version =
      holder != nullptr && holder->is_object() ? holder->Find("StateMachineVersionArn") : nullptr;
  if (version == nullptr) {
    return At(pointer, absl::StrCat("the alias ", name,
                                    " names no version in its "
                                    "RoutingConfiguration or DeploymentPreference"));
  }
  absl::StatusOr<std::string> arn = EvaluateText(*version, Within(at, "StateMachineVersionArn"));
  if (!arn.ok()) return arn;
  return arn->substr(0, arn->rfind(':'));
}

// !Ref Function.Alias and !Ref Function.Version, which SAM makes of AutoPublishAlias. Both are the queue
// of the function.
absl::StatusOr<Value> Evaluator::SamFunctionRef(const std::string& function,
                                                const std::string& member,
                                                const std::string& pointer) {
  if (member != "Alias" && member != "Version") {
    return At(pointer, absl::StrCat("of the function ", function, " there are Alias and Version"));
  }
  bool is_made_up = false;
  const absl::StatusOr<std::string> name = NameOf(function, &is_made_up);
  if (!name.ok()) return name.status();
  std::string arn = ArnOf(*FindKind(kSamFunction), settings_, *name);
  const Value* properties = Resource(function)->Find("Properties");
  const Value* alias = properties == nullptr ? nullptr : properties->Find("AutoPublishAlias");
  if (member == "Version" || alias == nullptr) return Value::String(arn);
  const std::string at =
      Within(Within(Within("/Resources", function), "Properties"), "AutoPublishAlias");
  const absl::StatusOr<std::string> text = EvaluateText(*alias, at);
  if (!text.ok()) return text.status();
  return Value::String(absl::StrCat(arn, ":", *text));
}

absl::StatusOr<Value> Evaluator::RefTo(const std::string& name, const std::string& pointer) {
  if (const auto pseudo = PseudoParameter(name); pseudo.has_value()) return *pseudo;
  if (const Value* declaration = Section("Parameters", name)) {
    return ParameterValue(name, *declaration, pointer);
  }
  if (const std::string* given = parameters_->Find(name)) return Value::String(*given);
  if (Resource(name) == nullptr) {
    const size_t dot = name.find('.');
    if (dot != std::string::npos && TypeOf(name.substr(0, dot)) == kSamFunction) {
      return SamFunctionRef(name.substr(0, dot), name.substr(dot + 1), pointer);
    }
    return At(pointer, absl::StrCat("the template has no parameter or resource '", name, "'",
                                    NamesLike(name), "; to have a value for it all the same, ",
                                    GiveParameter(name)));
  }
  const std::string type = TypeOf(name);
  if (IsQualified(type)) {
    absl::StatusOr<std::string> arn = QualifiedArn(name, type, pointer);
    if (!arn.ok()) return arn.status();
    return Value::String(*std::move(arn));
  }
  bool is_made_up = false;
  absl::StatusOr<std::string> physical = NameOf(name, &is_made_up);
  if (!physical.ok()) return physical.status();
  const ResourceKind* kind = FindKind(type);
  const std::string value = kind == nullptr ? *physical : RefOf(*kind, settings_, *physical);
  if (is_made_up && (kind == nullptr || !kind->is_ours)) NoteStandIn(pointer, name, value);
  return Value::String(value);
}

absl::StatusOr<std::string> Evaluator::AttributeOf(const std::string& logical_id,
                                                   const std::string& attribute,
                                                   const std::string& pointer) {
  const std::string key = absl::StrCat(logical_id, ".", attribute);
  if (const std::string* given = parameters_->Find(key)) return *given;
  const Value* resource = Resource(logical_id);
  if (resource == nullptr) {
    return At(pointer,
              absl::StrCat("the template has no resource '", logical_id, "'", NamesLike(logical_id),
                           "; to have a value for it all the same, ", GiveParameter(key)));
  }
  const std::string type = TypeOf(logical_id);
  if (IsQualified(type)) return QualifiedArn(logical_id, type, pointer);
  bool is_made_up = false;
  absl::StatusOr<std::string> name = NameOf(logical_id, &is_made_up);
  if (!name.ok()) return name;
  const ResourceKind* kind = FindKind(type);
  absl::optional<std::string> value;
  if (kind != nullptr) value = deploy::AttributeOf(*kind, settings_, *name, attribute);
  if (value.has_value()) {
    if (is_made_up && !kind->is_ours) NoteStandIn(pointer, key, *value);
    return *value;
  }
  value = attribute == "Arn" ? MadeUpArn(type, settings_, *name) : key;
  NoteStandIn(pointer, key, *value);
  return *value;
}

}  // namespace pawl::deploy
