#include "engine/api/aws/model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/aws/constraints.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {
namespace {

absl::Status NotAModel(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("API model: ", std::string(what)));
}

absl::optional<Shape::Type> TypeOf(absl::string_view name) {
  if (name == "structure") return Shape::Type::kStructure;
  if (name == "list") return Shape::Type::kList;
  if (name == "map") return Shape::Type::kMap;
  if (name == "string") return Shape::Type::kString;
  if (name == "integer") return Shape::Type::kInteger;
  if (name == "long") return Shape::Type::kLong;
  if (name == "float") return Shape::Type::kFloat;
  if (name == "boolean") return Shape::Type::kBoolean;
  if (name == "timestamp") return Shape::Type::kTimestamp;
  return absl::nullopt;
}

std::string TextOf(const Value* value) {
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

absl::optional<int64_t> NumberOf(const Value* value) {
  int64_t number = 0;
  if (value == nullptr || !value->ToInt64(&number)) return absl::nullopt;
  return number;
}

std::vector<std::string> TextsOf(const Value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const Value& element : value->AsArray()) texts.push_back(TextOf(&element));
  return texts;
}

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  for (const std::string& candidate : texts) {
    if (candidate == text) return true;
  }
  return false;
}

using Shapes = std::map<std::string, std::unique_ptr<Shape>>;

absl::StatusOr<const Shape*> Find(const Shapes& shapes, const std::string& name) {
  const auto found = shapes.find(name);
  if (found == shapes.end()) return NotAModel(absl::StrCat("no shape '", name, "'"));
  return found->second.get();
}

// What a shape says of itself, without the shapes that it refers to.
absl::Status Fill(const std::string& name, const Value& json, Shape* shape) {
  const absl::optional<Shape::Type> type = TypeOf(TextOf(json.Find("type")));
  if (!type.has_value()) return NotAModel(absl::StrCat("type of shape '", name, "'"));
  shape->name = name;
  shape->type = *type;
  shape->min = NumberOf(json.Find("min"));
  shape->max = NumberOf(json.Find("max"));
  shape->pattern = TextOf(json.Find("pattern"));
  shape->allowed = TextsOf(json.Find("enum"));
  const Value* sensitive = json.Find("sensitive");
  shape->is_sensitive = sensitive != nullptr && sensitive->is_bool() && sensitive->AsBool();
  if (!shape->pattern.empty() && !IsKnownPattern(shape->pattern)) {
    return NotAModel(absl::StrCat("pattern of shape '", name, "' is not known to constraints.cc"));
  }
  return absl::OkStatus();
}

absl::Status Link(const Value& json, const Shapes& shapes, Shape* shape) {
  const std::vector<std::string> required = TextsOf(json.Find("required"));
  if (const Value* members = json.Find("members"); members != nullptr && members->is_object()) {
    for (const auto& [name, target] : members->AsObject()) {
      const auto found = Find(shapes, TextOf(&target));
      if (!found.ok()) return found.status();
      shape->members.push_back({name, *found, Contains(required, name)});
    }
  }
  const char* element = shape->type == Shape::Type::kMap ? "value" : "member";
  if (shape->type == Shape::Type::kMap || shape->type == Shape::Type::kList) {
    const auto found = Find(shapes, TextOf(json.Find(element)));
    if (!found.ok()) return found.status();
    shape->element = *found;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Model> Model::Parse(absl::string_view json) {
  const absl::StatusOr<Value> document = ParseJson(json);
  if (!document.ok()) return document.status();
  const Value* shapes = document->Find("shapes");
  const Value* operations = document->Find("operations");
  if (shapes == nullptr || !shapes->is_object() || operations == nullptr ||
      !operations->is_object()) {
    return NotAModel("no shapes or no operations");
  }
  Model model;
  model.target_prefix_ = TextOf(document->Find("targetPrefix"));
  for (const auto& [name, value] : shapes->AsObject()) {
    auto shape = std::make_unique<Shape>();
    if (absl::Status status = Fill(name, value, shape.get()); !status.ok()) return status;
    model.shapes_.emplace(name, std::move(shape));
  }
  for (const auto& [name, value] : shapes->AsObject()) {
    absl::Status status = Link(value, model.shapes_, model.shapes_.at(name).get());
    if (!status.ok()) return status;
  }
  for (const auto& [name, value] : operations->AsObject()) {
    const auto input = aws_json::Find(model.shapes_, TextOf(value.Find("input")));
    if (!input.ok()) return input.status();
    const auto output = aws_json::Find(model.shapes_, TextOf(value.Find("output")));
    if (!output.ok()) return output.status();
    model.operations_.emplace(name, Operation{name, *input, *output});
  }
  return model;
}

const Operation* Model::FindOperation(absl::string_view name) const {
  const auto found = operations_.find(std::string(name));
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace pawl::api::aws_json
