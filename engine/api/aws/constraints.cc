#include "engine/api/aws/constraints.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::api::aws_json {
namespace {

// A message repeats values in full, as AWS does, but not without end.
constexpr size_t kMaxShownValue = 8'192;
constexpr size_t kMaxMessageBytes = size_t{64} * 1'024;

using Type = Shape::Type;

// --- Types

absl::Status WrongType(const std::string& why, const std::string& path) {
  return aws::MakeError(aws::Error::kSerialization,
                        path.empty() ? why : absl::StrCat(why, " (", path, ")"));
}

const char* ScalarName(Type type) {
  switch (type) {
    case Type::kString:
      return "a String";
    case Type::kInteger:
      return "an Integer";
    case Type::kLong:
      return "a Long";
    case Type::kFloat:
      return "a Float";
    case Type::kBoolean:
      return "a Boolean";
    case Type::kTimestamp:
      return "a Timestamp";
    case Type::kStructure:
    case Type::kList:
    case Type::kMap:
      break;
  }
  return "a value";
}

absl::Status NotConvertible(const Value& value, Type type, const std::string& path) {
  if (value.is_array()) return WrongType("Start of list found where not expected", path);
  if (value.is_object()) {
    return WrongType("Start of structure or map found where not expected.", path);
  }
  std::string kind = "STRING_VALUE";
  if (value.is_number()) kind = "NUMBER_VALUE";
  if (value.is_bool()) kind = value.AsBool() ? "TRUE_VALUE" : "FALSE_VALUE";
  return WrongType(absl::StrCat(kind, " can not be converted to ", ScalarName(type)), path);
}

bool IsScalarOf(const Value& value, Type type) {
  int64_t number = 0;
  switch (type) {
    case Type::kString:
      return value.is_string();
    case Type::kInteger:
      return value.ToInt64(&number) && number == static_cast<int32_t>(number);
    case Type::kLong:
      return value.ToInt64(&number);
    case Type::kFloat:
    case Type::kTimestamp:
      return value.is_number();
    case Type::kBoolean:
      return value.is_bool();
    case Type::kStructure:
    case Type::kList:
    case Type::kMap:
      break;
  }
  return false;
}

std::string Below(const std::string& path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", std::string(name));
}

std::string ElementOf(const std::string& path, size_t index) {
  return absl::StrCat(path, ".", index + 1, ".member");
}

absl::Status CheckTypesAt(const Shape& shape, const Value& value, const std::string& path) {
  if (value.is_null()) return absl::OkStatus();
  if (shape.type == Type::kStructure) {
    if (!value.is_object()) return WrongType("Expected structure or null", path);
    for (const ShapeMember& member : shape.members) {
      const Value* found = value.Find(member.name);
      if (found == nullptr) continue;
      absl::Status status = CheckTypesAt(*member.shape, *found, Below(path, member.name));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (shape.type == Type::kList) {
    if (!value.is_array()) return WrongType("Expected list or null", path);
    for (size_t i = 0; i < value.AsArray().size(); ++i) {
      absl::Status status = CheckTypesAt(*shape.element, value.AsArray()[i], ElementOf(path, i));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (shape.type == Type::kMap) {
    if (!value.is_object()) return WrongType("Expected map or null", path);
    for (const auto& [key, element] : value.AsObject()) {
      absl::Status status = CheckTypesAt(*shape.element, element, Below(path, key));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  return IsScalarOf(value, shape.type) ? absl::OkStatus() : NotConvertible(value, shape.type, path);
}

// --- Constraints

// A value as Java's toString shows it: "[Tag(key=a, value=b)]".
std::string Shown(const Shape& shape, const Value& value) {
  if (value.is_null()) return "null";
  if (value.is_string()) return value.AsString();
  std::vector<std::string> parts;
  if (value.is_array() && shape.type == Type::kList) {
    for (const Value& element : value.AsArray()) parts.push_back(Shown(*shape.element, element));
    return absl::StrCat("[", absl::StrJoin(parts, ", "), "]");
  }
  if (value.is_object() && shape.type == Type::kStructure) {
    for (const ShapeMember& member : shape.members) {
      const Value* found = value.Find(member.name);
      if (found == nullptr || found->is_null()) continue;
      parts.push_back(absl::StrCat(member.name, "=", Shown(*member.shape, *found)));
    }
    return absl::StrCat(shape.name, "(", absl::StrJoin(parts, ", "), ")");
  }
  return ToJson(value);
}

// AWS prints the values of an enumeration in the order of a hash table; where it was recorded, as
// recorded.
std::string AllowedValues(const Shape& shape) {
  if (shape.name == "ExecutionStatus") {
    return "[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]";
  }
  return absl::StrCat("[", absl::StrJoin(shape.allowed, ", "), "]");
}

// The length that `shape` limits: of inputs and outputs in bytes of UTF-8 (API reference,
// "Length constraints apply to the payload size"), of all else in characters.
size_t LengthOf(const Shape& shape, const std::string& text) {
  return absl::StartsWith(shape.name, "SensitiveData") ? text.size() : CountCodePoints(text);
}

class Violations {
 public:
  void Check(const Shape& shape, const Value& value, const std::string& path) {
    if (value.is_null()) return;
    switch (shape.type) {
      case Type::kStructure:
        return CheckStructure(shape, value, path);
      case Type::kList:
        CheckBounds(shape, value, path, static_cast<double>(value.AsArray().size()), "length");
        for (size_t i = 0; i < value.AsArray().size(); ++i) {
          CheckPresent(*shape.element, &value.AsArray()[i], /*is_required=*/true,
                       ElementOf(path, i));
        }
        return;
      case Type::kMap:
        for (const auto& [key, element] : value.AsObject()) {
          Check(*shape.element, element, Below(path, key));
        }
        return;
      case Type::kString:
        return CheckText(shape, value, path);
      case Type::kInteger:
      case Type::kLong:
      case Type::kFloat:
        return CheckBounds(shape, value, path, value.AsDouble(), "value");
      case Type::kBoolean:
      case Type::kTimestamp:
        return;
    }
  }

  absl::Status ToStatus() const {
    if (count_ == 0) return absl::OkStatus();
    return aws::MakeError(
        aws::Error::kConstraint,
        absl::StrCat(count_, count_ == 1 ? " validation error" : " validation errors",
                     " detected: ", text_));
  }

 private:
  void CheckStructure(const Shape& shape, const Value& value, const std::string& path) {
    for (const ShapeMember& member : shape.members) {
      CheckPresent(*member.shape, value.Find(member.name), member.is_required,
                   Below(path, member.name));
    }
  }

  void CheckPresent(const Shape& shape, const Value* value, bool is_required,
                    const std::string& path) {
    if (value != nullptr && !value->is_null()) return Check(shape, *value, path);
    if (is_required) {
      Add(absl::StrCat(shape.is_sensitive ? "Value" : "Value null", " at '", path, "'"),
          "Member must not be null");
    }
  }

  void CheckText(const Shape& shape, const Value& value, const std::string& path) {
    const std::string& text = value.AsString();
    CheckBounds(shape, value, path, static_cast<double>(LengthOf(shape, text)), "length");
    if (!shape.allowed.empty() &&
        std::find(shape.allowed.begin(), shape.allowed.end(), text) == shape.allowed.end()) {
      Violated(shape, value, path,
               absl::StrCat("Member must satisfy enum value set: ", AllowedValues(shape)));
    }
    if (!shape.pattern.empty() && !MatchesPattern(shape.pattern, text)) {
      Violated(shape, value, path,
               absl::StrCat("Member must satisfy regular expression pattern: ", shape.pattern));
    }
  }

  void CheckBounds(const Shape& shape, const Value& value, const std::string& path, double measure,
                   const char* what) {
    if (shape.max.has_value() && measure > static_cast<double>(*shape.max)) {
      Violated(shape, value, path,
               absl::StrCat("Member must have ", what, " less than or equal to ", *shape.max));
    }
    if (shape.min.has_value() && measure < static_cast<double>(*shape.min)) {
      Violated(shape, value, path,
               absl::StrCat("Member must have ", what, " greater than or equal to ", *shape.min));
    }
  }

  void Violated(const Shape& shape, const Value& value, const std::string& path,
                const std::string& rule) {
    std::string shown = shape.is_sensitive ? "" : absl::StrCat(" '", Shown(shape, value));
    if (!shape.is_sensitive) {
      TruncateUtf8(kMaxShownValue, &shown);
      shown.push_back('\'');
    }
    Add(absl::StrCat("Value", shown, " at '", path, "'"), rule);
  }

  // Beyond kMaxMessageBytes violations are counted only.
  void Add(const std::string& subject, const std::string& rule) {
    ++count_;
    if (text_.size() > kMaxMessageBytes) return;
    absl::StrAppend(&text_, text_.empty() ? "" : "; ", subject,
                    " failed to satisfy constraint: ", rule);
  }

  int count_ = 0;
  std::string text_;
};

// --- Patterns

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

// "^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$": such characters, and one of them not a digit.
bool IsRestrictedName(absl::string_view text) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  return !text.empty() && std::all_of(text.begin(), text.end(), IsNameCharacter) &&
         !std::all_of(text.begin(), text.end(), is_digit);
}

// "[!-~]+"
bool IsPrintableAscii(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

// "\p{ASCII}*"
bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct Pattern {
  absl::string_view text;
  bool (*matches)(absl::string_view);
};
constexpr std::array<Pattern, 3> kPatterns = {{
    {R"(^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)", IsRestrictedName},
    {"[!-~]+", IsPrintableAscii},
    {R"(\p{ASCII}*)", IsAscii},
}};

const Pattern* FindPattern(absl::string_view text) {
  for (const Pattern& pattern : kPatterns) {
    if (pattern.text == text) return &pattern;
  }
  return nullptr;
}

}  // namespace

absl::Status CheckTypes(const Shape& shape, const Value& value) {
  return CheckTypesAt(shape, value, "");
}

absl::Status CheckConstraints(const Shape& shape, const Value& value) {
  Violations violations;
  violations.Check(shape, value, "");
  return violations.ToStatus();
}

bool IsKnownPattern(absl::string_view pattern) { return FindPattern(pattern) != nullptr; }

bool MatchesPattern(absl::string_view pattern, absl::string_view text) {
  const Pattern* found = FindPattern(pattern);
  return found != nullptr && found->matches(text);
}

}  // namespace pawl::api::aws_json
