#include "engine/api/aws/json_writer.h"

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::api::aws_json {
namespace {

void AppendTime(absl::Time time, std::string* out) {
  const int64_t milliseconds = absl::ToUnixMillis(time);
  absl::StrAppend(out, milliseconds / 1000, ".");
  std::string fraction = absl::StrCat(absl::Dec(milliseconds % 1000, absl::kZeroPad3));
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  out->append(fraction);
}

}  // namespace

JsonObject::JsonObject(std::string* out) : out_(out) { out_->push_back('{'); }
JsonObject::~JsonObject() { out_->push_back('}'); }

std::string* JsonObject::Key(absl::string_view key) {
  if (!is_empty_) out_->push_back(',');
  is_empty_ = false;
  AppendJsonString(key, out_);
  out_->push_back(':');
  return out_;
}

JsonObject& JsonObject::Text(absl::string_view key, absl::string_view text) {
  AppendJsonString(text, Key(key));
  return *this;
}

JsonObject& JsonObject::Int(absl::string_view key, int64_t number) {
  absl::StrAppend(Key(key), number);
  return *this;
}

JsonObject& JsonObject::Double(absl::string_view key, double number) {
  Key(key)->append(DoubleToText(number));
  return *this;
}

JsonObject& JsonObject::Bool(absl::string_view key, bool value) {
  Key(key)->append(value ? "true" : "false");
  return *this;
}

JsonObject& JsonObject::Time(absl::string_view key, absl::Time time) {
  AppendTime(time, Key(key));
  return *this;
}

JsonObject& JsonObject::TextIfAny(absl::string_view key, absl::string_view text) {
  return text.empty() ? *this : Text(key, text);
}

JsonObject& JsonObject::Optional(absl::string_view key, const absl::optional<std::string>& text) {
  return text.has_value() ? Text(key, *text) : *this;
}

JsonObject JsonObject::Object(absl::string_view key) { return JsonObject(Key(key)); }
JsonArray JsonObject::Array(absl::string_view key) { return JsonArray(Key(key)); }

JsonArray::JsonArray(std::string* out) : out_(out) { out_->push_back('['); }
JsonArray::~JsonArray() { out_->push_back(']'); }

std::string* JsonArray::Next() {
  if (!is_empty_) out_->push_back(',');
  is_empty_ = false;
  return out_;
}

JsonObject JsonArray::Object() { return JsonObject(Next()); }

JsonArray& JsonArray::Text(absl::string_view text) {
  AppendJsonString(text, Next());
  return *this;
}

}  // namespace pawl::api::aws_json
