#include "engine/expr/jsonpath/miss.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr size_t kMaxQuoted = 1024;  // of a value that a message shows

// "$['a'][0]": the first `count` steps.
std::string Prefix(const Path& path, size_t count) {
  std::string out = "$";
  for (size_t i = 0; i < count; ++i) out += Fragment(path.steps[i]);
  return out;
}

// The class that Jackson has for such a node.
std::string NodeClass(const Value* node) {
  if (node == nullptr) return "null";
  absl::string_view name;
  switch (node->kind()) {
    case Value::Kind::kNull:
      name = "NullNode";
      break;
    case Value::Kind::kBool:
      name = "BooleanNode";
      break;
    case Value::Kind::kInt: {
      int64_t n = 0;
      node->ToInt64(&n);
      const bool fits =
          n >= std::numeric_limits<int32_t>::min() && n <= std::numeric_limits<int32_t>::max();
      name = fits ? "IntNode" : "LongNode";
      break;
    }
    case Value::Kind::kDouble:
    case Value::Kind::kBigNumber:
      name = "DoubleNode";
      break;
    case Value::Kind::kString:
      name = "TextNode";
      break;
    case Value::Kind::kArray:
      name = "ArrayNode";
      break;
    case Value::Kind::kObject:
      name = "ObjectNode";
      break;
  }
  return absl::StrCat("com.fasterxml.jackson.databind.node.", name);
}

std::string Quote(const Value& value) {
  if (value.weight() > kMaxQuoted) return absl::StrCat("<", KindName(value), ">");
  return ToJson(value);
}

}  // namespace

std::string NoResults(const Path& path) {
  return absl::StrCat("No results for path: ", Prefix(path, path.steps.size()));
}

std::string MissingMember(const Path& path, size_t i, const Value* node) {
  if (node == nullptr || !node->is_object()) {
    return absl::StrCat("Expected to find an object with property ", Fragment(path.steps[i]),
                        " in path ", Prefix(path, i), " but found '", NodeClass(node),
                        "'. This is not a json object according to the JsonProvider: "
                        "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.");
  }
  if (i + 1 == path.steps.size()) return NoResults(path);
  return absl::StrCat("Missing property in path ", Prefix(path, i + 1));
}

std::string PastEnd(const Path& path, size_t i) {
  const Step::Kind next = path.steps[i + 1].kind;
  if (next == Step::Kind::kName || next == Step::Kind::kNames) {
    return MissingMember(path, i + 1, nullptr);
  }
  return absl::StrCat("The path ", Prefix(path, i + 1), " is null");
}

std::string Inapplicable(const Path& path, size_t i, const Value& node) {
  const Step& step = path.steps[i];
  return absl::StrCat("Filter: ", Fragment(step),
                      step.kind == Step::Kind::kFilter ? " can not be applied to primitives."
                                                       : " can only be applied to arrays.",
                      " Current context is: ", Quote(node));
}

}  // namespace pawl::expr::jsonpath
