#include "cli/yaml/scalar.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl::yaml {
namespace {

constexpr absl::string_view kYamlTag = "tag:yaml.org,2002:";

bool IsOneOf(absl::string_view text, std::initializer_list<absl::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsNull(absl::string_view text) { return IsOneOf(text, {"", "~", "null", "Null", "NULL"}); }
bool IsTrue(absl::string_view text) { return IsOneOf(text, {"true", "True", "TRUE"}); }
bool IsFalse(absl::string_view text) { return IsOneOf(text, {"false", "False", "FALSE"}); }

size_t CountDigits(absl::string_view text) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), absl::ascii_isdigit);
  return static_cast<size_t>(end - text.begin());
}

// JSON's text of a decimal number, or "" where `text` is none: "+.5" becomes "0.5". Numbers with
// leading zeros are none.
std::string JsonNumber(absl::string_view text) {
  std::string out;
  if (absl::ConsumePrefix(&text, "-")) {
    out = "-";
  } else {
    absl::ConsumePrefix(&text, "+");
  }
  const size_t whole = CountDigits(text);
  if (whole > 1 && text[0] == '0') return "";
  absl::StrAppend(&out, whole == 0 ? "0" : text.substr(0, whole));
  text.remove_prefix(whole);
  size_t fraction = 0;
  if (absl::ConsumePrefix(&text, ".")) {
    fraction = CountDigits(text);
    absl::StrAppend(&out, ".", fraction == 0 ? "0" : text.substr(0, fraction));
    text.remove_prefix(fraction);
  }
  if (whole + fraction == 0) return "";
  if (text.empty()) return out;
  if (text[0] != 'e' && text[0] != 'E') return "";
  text.remove_prefix(1);
  out += 'e';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out += text[0];
    text.remove_prefix(1);
  }
  if (text.empty() || CountDigits(text) != text.size()) return "";
  absl::StrAppend(&out, text);
  return out;
}

// "0x1F" and "0o17".
bool BasedNumber(absl::string_view text, Value* out) {
  uint64_t number = 0;
  const bool is_hex = absl::ConsumePrefix(&text, "0x");
  if (!is_hex && !absl::ConsumePrefix(&text, "0o")) return false;
  if (text.empty() || text.size() > 15) return false;
  for (const char c : text) {
    if (is_hex ? !absl::ascii_isxdigit(static_cast<unsigned char>(c)) : c < '0' || c > '7') {
      return false;
    }
    const int digit = absl::ascii_isdigit(static_cast<unsigned char>(c))
                          ? c - '0'
                          : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
    number = number * (is_hex ? 16 : 8) + static_cast<uint64_t>(digit);
  }
  *out = Value::Int(static_cast<int64_t>(number));
  return true;
}

// The short tags that CloudFormation documents, but for !Ref and !Condition, whose long forms have no
// "Fn::".
constexpr absl::string_view kFunctions[] = {
    "And",          "Base64",       "Cidr",        "Contains", "EachMemberEquals",
    "EachMemberIn", "Equals",       "FindInMap",   "ForEach",  "GetAZs",
    "GetAtt",       "If",           "ImportValue", "Join",     "Length",
    "Not",          "Or",           "RefAll",      "Select",   "Split",
    "Sub",          "ToJsonString", "Transform",   "ValueOf",  "ValueOfAll"};

}  // namespace

absl::StatusOr<Value> ResolvePlain(absl::string_view text) {
  if (IsNull(text)) return Value::Null();
  if (IsTrue(text)) return Value::Bool(true);
  if (IsFalse(text)) return Value::Bool(false);
  absl::string_view unsigned_text = text;
  if (!absl::ConsumePrefix(&unsigned_text, "-")) absl::ConsumePrefix(&unsigned_text, "+");
  if (IsOneOf(unsigned_text, {".inf", ".Inf", ".INF"}) || IsOneOf(text, {".nan", ".NaN", ".NAN"})) {
    return absl::InvalidArgumentError(absl::StrCat(
        text, " is a number that JSON does not have; put it into quotes to mean text"));
  }
  Value based;
  if (BasedNumber(text, &based)) return based;
  const std::string number = JsonNumber(text);
  if (!number.empty()) return Value::NumberFromText(number);
  return Value::String(text);
}

absl::StatusOr<Value> ResolveTagged(absl::string_view tag, absl::string_view text) {
  const absl::string_view type = absl::StripPrefix(tag, kYamlTag);
  if (IsOneOf(type, {"str", "timestamp"})) return Value::String(text);
  absl::StatusOr<Value> value = ResolvePlain(text);
  if (!value.ok()) return value;
  if (type == "null" && value->is_null()) return value;
  if (type == "bool" && value->is_bool()) return value;
  if (type == "int" && value->is_int()) return value;
  if (type == "float" && value->is_number()) return value;
  if (!IsOneOf(type, {"null", "bool", "int", "float"})) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tag !!", type, " has no meaning in JSON; take it away"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the tag !!", type, " stands before a value of another type"));
}

absl::StatusOr<Value> ExpandCloudFormationTag(absl::string_view tag, Value value) {
  absl::ConsumePrefix(&tag, "!");
  if (tag == "Ref" || tag == "Condition") {
    return Value::Object({{std::string(tag), std::move(value)}});
  }
  if (std::find(std::begin(kFunctions), std::end(kFunctions), tag) == std::end(kFunctions)) {
    return absl::InvalidArgumentError(absl::StrCat("CloudFormation has no short form !", tag,
                                                   "; write the function's long form"));
  }
  if (tag == "GetAtt" && value.is_string()) {
    const std::string& text = value.AsString();
    const size_t dot = text.find('.');
    if (dot == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("!GetAtt names a resource and an attribute, as in !GetAtt ", text, ".Arn"));
    }
    value = Value::Array({Value::String(text.substr(0, dot)), Value::String(text.substr(dot + 1))});
  }
  return Value::Object({{absl::StrCat("Fn::", tag), std::move(value)}});
}

}  // namespace pawl::yaml
