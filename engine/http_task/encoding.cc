#include "engine/http_task/encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/value/json.h"

namespace pawl::http_task {
namespace {

class FormFlattener {
 public:
  FormFlattener(ArrayFormat format, Pairs* pairs) : format_(format), pairs_(pairs) {}

  void AddMembers(const std::string& prefix, const Value& object) {
    for (const auto& [key, value] : object.AsObject()) {
      Add(prefix.empty() ? key : absl::StrCat(prefix, "[", key, "]"), value);
    }
  }

 private:
  void Add(const std::string& name, const Value& value) {
    if (value.is_object()) {
      AddMembers(name, value);
    } else if (value.is_array()) {
      AddElements(name, value.AsArray());
    } else {
      pairs_->emplace_back(name, ScalarText(value));
    }
  }

  void AddElements(const std::string& name, const Value::Elements& elements) {
    if (format_ == ArrayFormat::kCommas) {
      std::string joined;
      for (const Value& element : elements) {
        absl::StrAppend(&joined, &element == elements.data() ? "" : ",", ScalarText(element));
      }
      pairs_->emplace_back(name, joined);
      return;
    }
    for (size_t i = 0; i < elements.size(); ++i) {
      std::string element_name = name;
      if (format_ == ArrayFormat::kIndices) absl::StrAppend(&element_name, "[", i, "]");
      if (format_ == ArrayFormat::kBrackets) element_name += "[]";
      Add(element_name, elements[i]);
    }
  }

  const ArrayFormat format_;
  Pairs* const pairs_;
};

}  // namespace

std::string PercentEncode(absl::string_view text) {
  std::string out;
  for (char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
        c == '~') {
      out.push_back(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string PercentDecode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    uint32_t byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        absl::SimpleHexAtoi(text.substr(i + 1, 2), &byte)) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Pairs FlattenForm(const Value& object, ArrayFormat format) {
  Pairs pairs;
  FormFlattener(format, &pairs).AddMembers("", object);
  return pairs;
}

std::string EncodePairs(const Pairs& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    absl::StrAppend(&text, text.empty() ? "" : "&", PercentEncode(name), "=", PercentEncode(value));
  }
  return text;
}

std::string ScalarText(const Value& value) {
  if (value.is_string()) return value.AsString();
  return value.is_null() ? "" : ToJson(value);
}

}  // namespace pawl::http_task
