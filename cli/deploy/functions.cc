// CloudFormation's functions, each as AWS documents it. Conditions come last.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/deploy/evaluator.h"
#include "cli/deploy/visit.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using Optional = absl::optional<Value>;

std::string Element(const std::string& pointer, size_t index) {
  return absl::StrCat(pointer, "/", index);
}

}  // namespace

Evaluator::Function Evaluator::FunctionOf(absl::string_view name) {
  static constexpr struct {
    absl::string_view name;
    Function function;
  } kFunctions[] = {
      {"Ref", &Evaluator::Ref},
      {"Fn::Sub", &Evaluator::Sub},
      {"Fn::GetAtt", &Evaluator::GetAtt},
      {"Fn::Join", &Evaluator::Join},
      {"Fn::If", &Evaluator::If},
      {"Fn::FindInMap", &Evaluator::FindInMap},
      {"Fn::Select", &Evaluator::Select},
      {"Fn::Split", &Evaluator::Split},
      {"Fn::Base64", &Evaluator::Base64},
      {"Fn::Length", &Evaluator::Length},
      {"Fn::ToJsonString", &Evaluator::ToJsonString},
      {"Fn::GetAZs", &Evaluator::GetAZs},
      {"Fn::ImportValue", &Evaluator::ImportValue},
  };
  for (const auto& entry : kFunctions) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

absl::StatusOr<const Value::Elements*> Evaluator::Elements(const Value& argument,
                                                           const std::string& pointer,
                                                           absl::string_view function, size_t least,
                                                           size_t most) const {
  if (!argument.is_array() || argument.AsArray().size() < least ||
      argument.AsArray().size() > most) {
    return At(pointer, absl::StrCat(function, " takes a list of ", least,
                                    most == least ? std::string() : absl::StrCat(" to ", most),
                                    " elements"));
  }
  return &argument.AsArray();
}

absl::StatusOr<Value::Elements> Evaluator::EvaluateList(const Value& value,
                                                        const std::string& pointer) {
  absl::StatusOr<Value> list = Evaluate(value, pointer);
  if (!list.ok()) return list.status();
  if (!list->is_array()) {
    return At(pointer, absl::StrCat("expected a list, got ", std::string(KindName(*list))));
  }
  return list->AsArray();
}

Evaluator::Result Evaluator::Ref(const Value& argument, const std::string& pointer) {
  if (!argument.is_string()) return At(pointer, "Ref takes a name");
  if (argument.AsString() == "AWS::NoValue") return Optional();
  absl::StatusOr<Value> value = RefTo(argument.AsString(), pointer);
  if (!value.ok()) return value.status();
  return Optional(*std::move(value));
}

absl::StatusOr<std::string> Evaluator::VariableText(absl::string_view variable,
                                                    const Value* variables,
                                                    const std::string& pointer) {
  if (variables != nullptr) {
    if (const Value* given = variables->Find(variable)) {
      return EvaluateText(*given, Within(Element(pointer, 1), variable));
    }
  }
  const std::string name(variable);
  const size_t dot = name.find('.');
  if (dot != std::string::npos)
    return AttributeOf(name.substr(0, dot), name.substr(dot + 1), pointer);
  absl::StatusOr<Value> value = RefTo(name, pointer);
  if (!value.ok()) return value.status();
  if (value->is_string()) return value->AsString();
  return At(pointer, absl::StrCat("${", name, "} is a list, which a text cannot hold"));
}

Evaluator::Result Evaluator::Sub(const Value& argument, const std::string& pointer) {
  const Value* variables = nullptr;
  const Value* pattern = &argument;
  if (!argument.is_string()) {
    absl::StatusOr<const Value::Elements*> elements = Elements(argument, pointer, "Fn::Sub", 1, 2);
    if (!elements.ok()) return elements.status();
    pattern = &(**elements)[0];
    if ((*elements)->size() > 1) variables = &(**elements)[1];
  }
  if (!pattern->is_string() || (variables != nullptr && !variables->is_object())) {
    return At(pointer, "Fn::Sub takes a text, or a list of a text and a mapping of its variables");
  }
  absl::string_view rest = pattern->AsString();
  std::string out;
  while (true) {
    const size_t begin = rest.find("${");
    const size_t end = begin == absl::string_view::npos ? begin : rest.find('}', begin);
    if (end == absl::string_view::npos) break;
    absl::StrAppend(&out, rest.substr(0, begin));
    absl::string_view name = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 1);
    if (absl::ConsumePrefix(&name, "!")) {  // ${!x} stands for ${x}
      absl::StrAppend(&out, "${", name, "}");
      continue;
    }
    absl::StatusOr<std::string> value =
        VariableText(absl::StripAsciiWhitespace(name), variables, pointer);
    if (!value.ok()) return value.status();
    out += *value;
    if (absl::Status status = CheckSize(out.size(), pointer); !status.ok()) return status;
  }
  absl::StrAppend(&out, rest);
  return Optional(Value::String(std::move(out)));
}

Evaluator::Result Evaluator::GetAtt(const Value& argument, const std::string& pointer) {
  std::string resource;
  std::string attribute;
  if (argument.is_string()) {
    const std::string& text = argument.AsString();
    const size_t dot = text.find('.');
    if (dot != std::string::npos) {
      resource = text.substr(0, dot);
      attribute = text.substr(dot + 1);
    }
  } else if (argument.is_array() && argument.AsArray().size() == 2 &&
             argument.AsArray()[0].is_string()) {
    resource = argument.AsArray()[0].AsString();
    absl::StatusOr<std::string> name = EvaluateText(argument.AsArray()[1], Element(pointer, 1));
    if (!name.ok()) return name.status();
    attribute = *std::move(name);
  }
  if (resource.empty() || attribute.empty()) {
    return At(pointer, "Fn::GetAtt takes a list of a resource and one of its attributes");
  }
  absl::StatusOr<std::string> value = AttributeOf(resource, attribute, pointer);
  if (!value.ok()) return value.status();
  return Optional(Value::String(*std::move(value)));
}

Evaluator::Result Evaluator::Join(const Value& argument, const std::string& pointer) {
  absl::StatusOr<const Value::Elements*> elements = Elements(argument, pointer, "Fn::Join", 2, 2);
  if (!elements.ok()) return elements.status();
  if (!(**elements)[0].is_string()) return At(pointer, "Fn::Join begins with a delimiter");
  absl::StatusOr<Value::Elements> parts = EvaluateList((**elements)[1], Element(pointer, 1));
  if (!parts.ok()) return parts.status();
  std::string out;
  size_t i = 0;
  for (const Value& part : *parts) {
    if (i > 0) out += (**elements)[0].AsString();
    absl::StatusOr<std::string> text = EvaluateText(part, Element(Element(pointer, 1), i++));
    if (!text.ok()) return text.status();
    out += *text;
    if (absl::Status status = CheckSize(out.size(), pointer); !status.ok()) return status;
  }
  return Optional(Value::String(std::move(out)));
}

Evaluator::Result Evaluator::If(const Value& argument, const std::string& pointer) {
  absl::StatusOr<const Value::Elements*> elements = Elements(argument, pointer, "Fn::If", 3, 3);
  if (!elements.ok()) return elements.status();
  if (!(**elements)[0].is_string()) return At(pointer, "Fn::If begins with a condition's name");
  absl::StatusOr<bool> holds = EvaluateCondition((**elements)[0].AsString(), pointer);
  if (!holds.ok()) return holds.status();
  const size_t chosen = *holds ? 1 : 2;
  return Eval((**elements)[chosen], Element(pointer, chosen));
}

Evaluator::Result Evaluator::FindInMap(const Value& argument, const std::string& pointer) {
  absl::StatusOr<const Value::Elements*> elements =
      Elements(argument, pointer, "Fn::FindInMap", 3, 4);
  if (!elements.ok()) return elements.status();
  std::string keys[3];
  for (size_t i = 0; i < 3; ++i) {
    absl::StatusOr<std::string> key = EvaluateText((**elements)[i], Element(pointer, i));
    if (!key.ok()) return key.status();
    keys[i] = *std::move(key);
  }
  const Value* found = Section("Mappings", keys[0]);
  for (size_t i = 1; i < 3 && found != nullptr; ++i) {
    found = found->is_object() ? found->Find(keys[i]) : nullptr;
  }
  if (found != nullptr) return Optional(*found);
  if ((*elements)->size() == 4 && (**elements)[3].is_object()) {
    if (const Value* otherwise = (**elements)[3].Find("DefaultValue")) {
      return Eval(*otherwise, Within(Element(pointer, 3), "DefaultValue"));
    }
  }
  return At(pointer,
            absl::StrCat("the mapping ", keys[0], " has nothing under ", keys[1], ", ", keys[2]));
}

Evaluator::Result Evaluator::Select(const Value& argument, const std::string& pointer) {
  absl::StatusOr<const Value::Elements*> elements = Elements(argument, pointer, "Fn::Select", 2, 2);
  if (!elements.ok()) return elements.status();
  absl::StatusOr<std::string> index = EvaluateText((**elements)[0], Element(pointer, 0));
  if (!index.ok()) return index.status();
  absl::StatusOr<Value::Elements> list = EvaluateList((**elements)[1], Element(pointer, 1));
  if (!list.ok()) return list.status();
  size_t number = 0;
  if (!absl::SimpleAtoi(*index, &number) || number >= list->size()) {
    return At(pointer, absl::StrCat("Fn::Select: there is no element ", *index, " in a list of ",
                                    list->size()));
  }
  return Optional((*list)[number]);
}

Evaluator::Result Evaluator::Split(const Value& argument, const std::string& pointer) {
  absl::StatusOr<const Value::Elements*> elements = Elements(argument, pointer, "Fn::Split", 2, 2);
  if (!elements.ok()) return elements.status();
  absl::StatusOr<std::string> text = EvaluateText((**elements)[1], Element(pointer, 1));
  if (!text.ok()) return text.status();
  if (!(**elements)[0].is_string() || (**elements)[0].AsString().empty()) {
    return At(pointer, "Fn::Split begins with a delimiter");
  }
  Value::Elements parts;
  for (absl::string_view part : absl::StrSplit(*text, (**elements)[0].AsString())) {
    parts.push_back(Value::String(part));
  }
  return Optional(Value::Array(std::move(parts)));
}

Evaluator::Result Evaluator::Base64(const Value& argument, const std::string& pointer) {
  absl::StatusOr<std::string> text = EvaluateText(argument, pointer);
  if (!text.ok()) return text.status();
  return Optional(Value::String(absl::Base64Escape(*text)));
}

Evaluator::Result Evaluator::Length(const Value& argument, const std::string& pointer) {
  absl::StatusOr<Value::Elements> list = EvaluateList(argument, pointer);
  if (!list.ok()) return list.status();
  return Optional(Value::Int(static_cast<int64_t>(list->size())));
}

Evaluator::Result Evaluator::ToJsonString(const Value& argument, const std::string& pointer) {
  absl::StatusOr<Value> value = Evaluate(argument, pointer);
  if (!value.ok()) return value.status();
  return Optional(Value::String(ToJson(*value)));
}

Evaluator::Result Evaluator::GetAZs(const Value& argument, const std::string& pointer) {
  absl::StatusOr<std::string> region = EvaluateText(argument, pointer);
  if (!region.ok()) return region.status();
  const std::string& name = region->empty() ? settings_.region : *region;
  NoteStandIn(pointer, absl::StrCat("Fn::GetAZs ", name), absl::StrCat(name, "a, b, c"));
  return Optional(Value::Array(
      {Value::String(name + "a"), Value::String(name + "b"), Value::String(name + "c")}));
}

Evaluator::Result Evaluator::ImportValue(const Value& argument, const std::string& pointer) {
  absl::StatusOr<std::string> name = EvaluateText(argument, pointer);
  if (!name.ok()) return name.status();
  const std::string key = absl::StrCat("import:", *name);
  const std::string* given = parameters_->Find(key);
  if (given != nullptr) return Optional(Value::String(*given));
  return At(pointer,
            absl::StrCat("'", *name, "' is exported by another stack; ", GiveParameter(key)));
}

absl::StatusOr<bool> Evaluator::EvaluateCondition(const std::string& name,
                                                  const std::string& pointer) {
  const auto known = conditions_.find(name);
  if (known != conditions_.end()) return known->second;
  const Value* condition = Section("Conditions", name);
  if (condition == nullptr) {
    return At(pointer, absl::StrCat("the template has no condition '", name, "'"));
  }
  const Visit visit(&visiting_, absl::StrCat("condition ", name));
  if (!visit.circle().empty()) return At(pointer, visit.circle());
  absl::StatusOr<bool> holds = Condition(*condition, Within("/Conditions", name));
  if (holds.ok()) conditions_[name] = *holds;
  return holds;
}

absl::StatusOr<bool> Evaluator::Condition(const Value& condition, const std::string& pointer) {
  const char* const kRule =
      "a condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or the name of another one";
  if (!condition.is_object() || condition.AsObject().size() != 1) return At(pointer, kRule);
  const auto& [name, argument] = condition.AsObject()[0];
  const std::string at = Within(pointer, name);
  if (name == "Condition" && argument.is_string()) {
    return EvaluateCondition(argument.AsString(), at);
  }
  if (visiting_.size() + depth_ > 200) {
    return absl::ResourceExhaustedError(
        absl::StrCat(source_.Where(pointer), ": conditions are nested more than 200 deep"));
  }
  if (name == "Fn::Equals") {
    absl::StatusOr<const Value::Elements*> sides = Elements(argument, at, name, 2, 2);
    if (!sides.ok()) return sides.status();
    absl::StatusOr<std::string> left = EvaluateText((**sides)[0], Element(at, 0));
    if (!left.ok()) return left.status();
    absl::StatusOr<std::string> right = EvaluateText((**sides)[1], Element(at, 1));
    if (!right.ok()) return right.status();
    return *left == *right;
  }
  const bool is_not = name == "Fn::Not";
  if (!is_not && name != "Fn::And" && name != "Fn::Or") return At(pointer, kRule);
  absl::StatusOr<const Value::Elements*> parts =
      Elements(argument, at, name, is_not ? 1 : 2, is_not ? 1 : 10);
  if (!parts.ok()) return parts.status();
  size_t i = 0;
  for (const Value& part : **parts) {
    ++depth_;
    absl::StatusOr<bool> holds = Condition(part, Element(at, i++));
    --depth_;
    if (!holds.ok()) return holds;
    if (is_not) return !*holds;
    if (*holds == (name == "Fn::Or")) return *holds;
  }
  return name == "Fn::And";
}

}  // namespace pawl::deploy
