#include "cli/deploy/alias_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/arn.h"

namespace pawl::deploy {
namespace {

class QualifiedReader {
 public:
  QualifiedReader(const std::string& id, const Value& resource, Evaluator* evaluator,
                  const std::map<std::string, size_t>& machines, Bundle* bundle)
      : id_(id),
        pointer_(Within(Within("/Resources", id), "Properties")),
        properties_(resource.Find("Properties")),
        evaluator_(*evaluator),
        machines_(machines),
        bundle_(*bundle) {}

  absl::Status ReadVersion();
  absl::Status ReadAlias();

 private:
  // "" where there is no such property.
  absl::StatusOr<std::string> Text(const Value& holder, const std::string& pointer,
                                   const char* name) const {
    const Value* value = holder.is_object() ? holder.Find(name) : nullptr;
    if (value == nullptr) return std::string();
    return evaluator_.EvaluateText(*value, Within(pointer, name));
  }
  // The machine of the template that `arn`, with or without a version, names; nullptr where it is
  // another one.
  Machine* FindMachine(const std::string& arn) const;
  absl::Status AddRoute(const Value& route, const std::string& pointer, int64_t weight,
                        Machine** machine, Alias* alias) const;
  absl::Status AddRoutes(const Value& routes, Machine** machine, Alias* alias) const;

  const std::string& id_;
  const std::string pointer_;
  const Value* const properties_;
  Evaluator& evaluator_;
  const std::map<std::string, size_t>& machines_;
  Bundle& bundle_;
};

Machine* QualifiedReader::FindMachine(const std::string& arn) const {
  const Settings& settings = evaluator_.settings();
  for (const auto& [name, index] : machines_) {
    const std::string own = aws::MachineArn({settings.region, settings.account}, name);
    if (arn == own || absl::StartsWith(arn, own + ":")) return &bundle_.machines[index];
  }
  return nullptr;
}

absl::Status QualifiedReader::ReadVersion() {
  const absl::StatusOr<std::string> arn = Text(*properties_, pointer_, "StateMachineArn");
  if (!arn.ok()) return arn.status();
  Machine* machine = FindMachine(*arn);
  if (machine == nullptr) {
    return evaluator_.At(pointer_, absl::StrCat(id_, " is a version of '", *arn,
                                                "', which is not deployed from this template"));
  }
  const absl::StatusOr<std::string> description = Text(*properties_, pointer_, "Description");
  if (!description.ok()) return description.status();
  // CloudFormation makes a new version when the StateMachineRevisionId changes, and then only.
  const bool follows = properties_->Find("StateMachineRevisionId") != nullptr;
  machine->publishes =
      std::max(machine->publishes, follows ? Publishes::kRevision : Publishes::kFirst);
  machine->version_description = *description;
  return absl::OkStatus();
}

absl::Status QualifiedReader::AddRoute(const Value& route, const std::string& pointer,
                                       int64_t weight, Machine** machine, Alias* alias) const {
  const absl::StatusOr<std::string> arn = Text(route, pointer, "StateMachineVersionArn");
  if (!arn.ok()) return arn.status();
  Machine* found = FindMachine(*arn);
  if (found == nullptr || (*machine != nullptr && *machine != found)) {
    return evaluator_.At(pointer, absl::StrCat(id_, " leads to '", *arn,
                                               "', which is not a version of one machine of this "
                                               "template"));
  }
  *machine = found;
  const std::string version = arn->substr(arn->rfind(':') + 1);
  Route to;
  if (!absl::StartsWith(version, "{") &&
      (!absl::SimpleAtoi(version, &to.version) || to.version < 1)) {
    return evaluator_.At(pointer,
                         absl::StrCat("'", *arn, "' does not end with a version's number"));
  }
  const auto same = std::find_if(alias->routes.begin(), alias->routes.end(),
                                 [&to](const Route& known) { return known.version == to.version; });
  if (same != alias->routes.end()) {
    same->weight += static_cast<int32_t>(weight);
  } else {
    to.weight = static_cast<int32_t>(weight);
    alias->routes.push_back(to);
  }
  return absl::OkStatus();
}

absl::Status QualifiedReader::AddRoutes(const Value& routes, Machine** machine,
                                        Alias* alias) const {
  const std::string at = Within(pointer_, "RoutingConfiguration");
  if (!routes.is_array() || routes.AsArray().empty() || routes.AsArray().size() > 2) {
    return evaluator_.At(at, "a RoutingConfiguration is a list of one or two versions");
  }
  int64_t total = 0;
  size_t i = 0;
  for (const Value& route : routes.AsArray()) {
    const std::string pointer = absl::StrCat(at, "/", i++);
    const absl::StatusOr<std::string> text = Text(route, pointer, "Weight");
    if (!text.ok()) return text.status();
    int64_t weight = 0;
    if (!absl::SimpleAtoi(*text, &weight) || weight < 0 || weight > 100) {
      return evaluator_.At(pointer, "a Weight is a number of 0 to 100");
    }
    total += weight;
    if (absl::Status status = AddRoute(route, pointer, weight, machine, alias); !status.ok()) {
      return status;
    }
  }
  if (total != 100) return evaluator_.At(at, "the weights of an alias are 100 together");
  return absl::OkStatus();
}

absl::Status QualifiedReader::ReadAlias() {
  Alias alias;
  const absl::StatusOr<std::string> name = Text(*properties_, pointer_, "Name");
  if (!name.ok()) return name.status();
  const absl::StatusOr<std::string> description = Text(*properties_, pointer_, "Description");
  if (!description.ok()) return description.status();
  alias.name = *name;
  alias.description = *description;
  if (const absl::Status status = aws::CheckAliasName(alias.name); !status.ok()) {
    return evaluator_.At(
        pointer_, absl::StrCat(id_, ": the alias needs a Name: ", std::string(status.message())));
  }
  Machine* machine = nullptr;
  absl::Status status;
  const Value* preference = properties_->Find("DeploymentPreference");
  const Value* routes = properties_->Find("RoutingConfiguration");
  if (preference != nullptr) {
    const std::string at = Within(pointer_, "DeploymentPreference");
    status = AddRoute(*preference, at, 100, &machine, &alias);
    if (status.ok()) {
      status = NoteDeploymentPreference(*preference, at, alias.name, &evaluator_, &bundle_);
    }
  } else if (routes != nullptr) {
    status = AddRoutes(*routes, &machine, &alias);
  } else {
    status = evaluator_.At(pointer_, absl::StrCat(id_,
                                                  " needs a RoutingConfiguration or a "
                                                  "DeploymentPreference"));
  }
  if (!status.ok()) return status;
  machine->aliases.push_back(std::move(alias));
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadVersionOrAlias(const std::string& id, const Value& resource, Evaluator* evaluator,
                                const std::map<std::string, size_t>& machines, Bundle* bundle) {
  const Value* properties = resource.Find("Properties");
  if (properties == nullptr || !properties->is_object()) {
    return evaluator->At(Within("/Resources", id), absl::StrCat(id, " has no Properties"));
  }
  QualifiedReader reader(id, resource, evaluator, machines, bundle);
  const bool is_alias =
      resource.Find("Type")->AsString() == "AWS::StepFunctions::StateMachineAlias";
  return is_alias ? reader.ReadAlias() : reader.ReadVersion();
}

absl::Status NoteDeploymentPreference(const Value& preference, const std::string& pointer,
                                      const std::string& alias, Evaluator* evaluator,
                                      Bundle* bundle) {
  const absl::StatusOr<Value> value = evaluator->Evaluate(preference, pointer);
  if (!value.ok()) return value.status();
  const Value* type = value->is_object() ? value->Find("Type") : nullptr;
  if (type != nullptr && type->is_string() && type->AsString() == "ALL_AT_ONCE" &&
      value->Find("Alarms") == nullptr) {
    return absl::OkStatus();
  }
  bundle->left_out.push_back(
      {evaluator->source().Where(pointer),
       absl::StrCat("DeploymentPreference: the alias ", alias,
                    " moves at once; shift it by steps with pawl alias set")});
  return absl::OkStatus();
}

}  // namespace pawl::deploy
