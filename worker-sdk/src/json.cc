// JsonReader over engine/value, which public headers do not show.
#include "pawl/json.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

const Value& Get(const void* value) { return *static_cast<const Value*>(value); }

}  // namespace

struct JsonReader::Document {
  Value root;
  bool is_parsed = false;
  std::string problem;  // the first
};

JsonReader::JsonReader(Document* document, const void* value, const JsonReader* parent,
                       std::string key, size_t index)
    : document_(document), value_(value), parent_(parent), key_(std::move(key)), index_(index) {}

std::unique_ptr<JsonReader::Document, void (*)(JsonReader::Document*)> JsonReader::Open(
    const std::string& text) {
  std::unique_ptr<Document, void (*)(Document*)> document(new Document,
                                                          [](Document* d) { delete d; });
  absl::StatusOr<Value> root = ParseJson(text);
  if (root.ok()) {
    document->root = *std::move(root);
    document->is_parsed = true;
  } else {
    document->problem = absl::StrCat("no JSON: ", std::string(root.status().message()));
  }
  return document;
}

JsonReader JsonReader::Root(Document* document) {
  return JsonReader(document, document->is_parsed ? &document->root : nullptr, nullptr, "$", 0);
}

absl::Status JsonReader::Close(const Document& document) {
  if (document.problem.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(document.problem);
}

std::string JsonReader::Path() const {
  if (parent_ == nullptr) return "$";
  if (key_.empty()) return absl::StrCat(parent_->Path(), "[", index_, "]");
  return absl::StrCat(parent_->Path(), ".", key_);
}

void JsonReader::Refuse(const std::string& problem) const {
  if (document_->problem.empty()) document_->problem = absl::StrCat(Path(), ": ", problem);
}

namespace {

std::string Expected(const char* what, const void* value) {
  if (value == nullptr) return absl::StrCat("missing, expected ", what);
  return absl::StrCat("expected ", what, ", got ", std::string(KindName(Get(value))));
}

}  // namespace

void JsonReader::Read(bool* out) const {
  if (is_missing() || !Get(value_).is_bool()) return Refuse(Expected("a boolean", value_));
  *out = Get(value_).AsBool();
}

void JsonReader::Read(int64_t* out) const {
  if (is_missing() || !Get(value_).is_number()) return Refuse(Expected("an integer", value_));
  if (!Get(value_).ToInt64(out)) Refuse("expected an integer of 64 bits");
}

void JsonReader::Read(double* out) const {
  if (is_missing() || !Get(value_).is_number()) return Refuse(Expected("a number", value_));
  *out = Get(value_).AsDouble();
}

void JsonReader::Read(std::string* out) const {
  if (is_missing() || !Get(value_).is_string()) return Refuse(Expected("a string", value_));
  *out = Get(value_).AsString();
}

void JsonReader::Read(RawJson* out) const {
  if (is_missing()) return Refuse("missing");
  out->text = ToJson(Get(value_));
}

bool JsonReader::is_null() const { return !is_missing() && Get(value_).is_null(); }

bool JsonReader::ExpectObject() const {
  if (!is_missing() && Get(value_).is_object()) return true;
  Refuse(Expected("an object", value_));
  return false;
}

bool JsonReader::ExpectArray() const {
  if (!is_missing() && Get(value_).is_array()) return true;
  Refuse(Expected("an array", value_));
  return false;
}

JsonReader JsonReader::Member(const std::string& key) const {
  return JsonReader(document_, is_missing() ? nullptr : Get(value_).Find(key), this, key, 0);
}

std::vector<std::string> JsonReader::Keys() const {
  std::vector<std::string> keys;
  if (is_missing() || !Get(value_).is_object()) return keys;
  for (const Value::Member& member : Get(value_).AsObject()) keys.push_back(member.first);
  return keys;
}

size_t JsonReader::size() const {
  return is_missing() || !Get(value_).is_array() ? 0 : Get(value_).AsArray().size();
}

JsonReader JsonReader::At(size_t index) const {
  const void* element = index < size() ? &Get(value_).AsArray()[index] : nullptr;
  return JsonReader(document_, element, this, std::string(), index);
}

void JsonWriter::Separate() {
  if (!is_first_) text_ += ',';
  is_first_ = true;  // of whatever comes next inside
}

void JsonWriter::Begin(char bracket) {
  text_ += bracket;
  is_first_ = true;
}

void JsonWriter::End(char bracket) {
  text_ += bracket;
  is_first_ = false;
}

void JsonWriter::Key(const std::string& key) {
  Separate();
  AppendJsonString(ReplaceInvalidUtf8(key), &text_);
  text_ += ':';
}

void JsonWriter::Write(bool value) {
  text_ += value ? "true" : "false";
  is_first_ = false;
}

void JsonWriter::Write(int64_t value) {
  absl::StrAppend(&text_, value);
  is_first_ = false;
}

void JsonWriter::Write(uint64_t value) {
  absl::StrAppend(&text_, value);
  is_first_ = false;
}

void JsonWriter::Write(double value) {
  if (!std::isfinite(value) && problem_.empty()) {
    problem_ = "the output holds a number that is not finite, which JSON cannot say";
  }
  text_ += std::isfinite(value) ? DoubleToText(value) : "null";
  is_first_ = false;
}

void JsonWriter::Write(const std::string& value) {
  AppendJsonString(value, &text_);
  is_first_ = false;
}

void JsonWriter::Write(const RawJson& value) {
  text_ += value.text;
  is_first_ = false;
}

}  // namespace pawl
