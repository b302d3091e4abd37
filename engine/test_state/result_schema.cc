#include "engine/test_state/result_schema.h"

#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/test_state/api_shapes.h"

namespace pawl::test_state {
namespace {

struct Bounds {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

// "string[1,256]" without its word: what stands in the brackets.
Bounds ParseBounds(absl::string_view text) {
  Bounds bounds;
  if (text.empty() || text[0] != '[') return bounds;
  text = text.substr(1, text.size() - 2);
  const std::vector<std::string> ends = absl::StrSplit(text, ',');
  if (!ends[0].empty() && !absl::SimpleAtod(ends[0], &bounds.min)) bounds = Bounds();
  if (!ends[1].empty() && !absl::SimpleAtod(ends[1], &bounds.max)) bounds = Bounds();
  return bounds;
}

// "string(A|B)" without its word. Anything is one of no members.
bool IsMember(absl::string_view text, const std::string& value) {
  if (text.empty() || text[0] != '(') return true;
  for (const absl::string_view member : absl::StrSplit(text.substr(1, text.size() - 2), '|')) {
    if (value == member) return true;
  }
  return false;
}

double Characters(const std::string& text) {
  double count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 0 : 1;
  return count;
}

// The end of the shape that `text` begins with: a word and its bounds, or all to the bracket that
// closes the first one.
size_t ShapeLength(absl::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' || c == '[' || c == '<') ++depth;
    if (c == '}' || c == ']' || c == '>') --depth;
    if (depth < 0 || (depth == 0 && c == ' ')) return i;
  }
  return text.size();
}

struct Field {
  std::string name;
  bool is_required = false;
  absl::string_view shape;
};

// The fields between the braces of an object shape.
std::vector<Field> Fields(absl::string_view text) {
  std::vector<Field> fields;
  while (!text.empty()) {
    if (text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    Field field;
    const size_t colon = text.find(':');
    field.is_required = text[colon - 1] == '!';
    field.name = std::string(text.substr(0, field.is_required ? colon - 1 : colon));
    text.remove_prefix(colon + 1);
    field.shape = text.substr(0, ShapeLength(text));
    text.remove_prefix(field.shape.size());
    fields.push_back(std::move(field));
  }
  return fields;
}

using Problem = absl::optional<std::string>;

class Checker {
 public:
  explicit Checker(bool is_strict) : is_strict_(is_strict) {}

  // `name` is the field that messages speak of.
  Problem Check(absl::string_view shape, const std::string& name, const Value& value) const {
    while (absl::StartsWith(shape, "@")) shape = NamedShape(shape.substr(1));
    switch (shape[0]) {
      case '{':
        return CheckObject(shape.substr(1, shape.size() - 2), name, value);
      case '[':
        return CheckArray(shape.substr(1, shape.size() - 2), name, value);
      case '<':
        return CheckMap(shape.substr(1, shape.size() - 2), name, value);
      default:
        return CheckScalar(shape, name, value);
    }
  }

 private:
  static Problem Wrong(const std::string& name, const char* what) {
    return absl::StrCat("Field '", name, "' ", what);
  }

  Problem CheckObject(absl::string_view fields, const std::string& name, const Value& value) const {
    if (!value.is_object()) return Wrong(name, "must be an object");
    for (const Field& field : Fields(fields)) {
      const Value* member = value.Find(field.name);
      if (member == nullptr) {
        if (field.is_required && is_strict_) {
          return absl::StrCat("Required field '", field.name, "' is missing");
        }
        continue;
      }
      if (Problem problem = Check(field.shape, field.name, *member)) return problem;
    }
    return absl::nullopt;
  }

  Problem CheckArray(absl::string_view element, const std::string& name, const Value& value) const {
    if (!value.is_array()) return Wrong(name, "must be an array");
    for (const Value& entry : value.AsArray()) {
      if (Problem problem = Check(element, name, entry)) return problem;
    }
    return absl::nullopt;
  }

  Problem CheckMap(absl::string_view element, const std::string& name, const Value& value) const {
    if (!value.is_object()) return Wrong(name, "must be an object");
    for (const auto& [key, member] : value.AsObject()) {
      if (Problem problem = Check(element, key, member)) return problem;
    }
    return absl::nullopt;
  }

  static Problem CheckScalar(absl::string_view shape, const std::string& name, const Value& value) {
    if (absl::StartsWith(shape, "string")) {
      if (!value.is_string()) return Wrong(name, "must be a string");
      if (!IsMember(shape.substr(6), value.AsString())) {
        return Wrong(name, "is not an expected value");
      }
      const Bounds bounds = ParseBounds(shape.substr(6));
      const double length = Characters(value.AsString());
      if (length < bounds.min) return Wrong(name, "is smaller than the minimum length");
      if (length > bounds.max) return Wrong(name, "exceeds the maximum length");
    } else if (absl::StartsWith(shape, "number")) {
      if (!value.is_number()) return Wrong(name, "must be a number");
      const Bounds bounds = ParseBounds(shape.substr(6));
      if (value.AsDouble() < bounds.min) return Wrong(name, "is less than the minimum value");
      if (value.AsDouble() > bounds.max) return Wrong(name, "exceeds the maximum value");
    } else if (shape == "boolean" && !value.is_bool()) {
      return Wrong(name, "must be a boolean");
    }
    return absl::nullopt;
  }

  const bool is_strict_;
};

}  // namespace

Problem CheckShape(absl::string_view shape, const Value& value, bool is_strict) {
  return Checker(is_strict).Check(shape, "result", value);
}

Problem CheckApiResult(const asl::Resource& resource, const Value& result, bool is_strict) {
  absl::string_view service = resource.resource_type;
  if (absl::StartsWith(service, "aws-sdk:")) service.remove_prefix(8);
  std::string action = resource.action;
  if (absl::EndsWith(action, ".sync:2")) action.resize(action.size() - 2);
  const absl::string_view shape = ResponseShape(service, action);
  if (shape.empty()) return absl::nullopt;
  if (!result.is_object()) return std::string("Mocked result must be a JSON object.");
  return CheckShape(shape, result, is_strict);
}

}  // namespace pawl::test_state
