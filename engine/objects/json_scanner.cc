#include "engine/objects/json_scanner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::objects {
namespace {

bool IsSpace(int c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool EndsScalar(int c) {
  return c == Input::kEnd || IsSpace(c) || c == ',' || c == ']' || c == '}' || c == ':' ||
         c == '"' || c == '[' || c == '{';
}

}  // namespace

int JsonScanner::PeekToken() {
  while (IsSpace(input_->Peek())) input_->Skip();
  return input_->Peek();
}

absl::Status JsonScanner::Expect(char c) {
  if (PeekToken() != c) return Error(absl::StrCat("'", std::string(1, c), "'"));
  input_->Skip();
  return absl::OkStatus();
}

absl::StatusOr<Value> JsonScanner::ReadValue() {
  std::string text;
  PeekToken();
  const int64_t start = input_->offset_bytes();
  absl::Status status = Pass(&text);
  if (!status.ok()) return status;
  JsonLimits limits;
  limits.max_bytes = max_value_bytes_;
  absl::StatusOr<Value> value = ParseJson(text, limits);
  if (value.ok()) return value;
  return absl::InvalidArgumentError(absl::StrCat(
      "The value at byte ", start, " of the JSON file is not valid: ", value.status().message()));
}

absl::StatusOr<std::string> JsonScanner::ReadKey() {
  if (PeekToken() != '"') return Error("a member's name");
  absl::StatusOr<Value> key = ReadValue();
  if (!key.ok()) return key.status();
  absl::Status colon = Expect(':');
  if (!colon.ok()) return colon;
  return key->AsString();
}

absl::Status JsonScanner::SkipValue() { return Pass(nullptr); }

absl::Status JsonScanner::Error(absl::string_view expected) const {
  if (!input_->status().ok()) return input_->status();
  return absl::InvalidArgumentError(absl::StrCat("The JSON file is not valid: expected ", expected,
                                                 " at byte ", input_->offset_bytes()));
}

absl::Status JsonScanner::Pass(std::string* text) {
  int64_t depth = 0;
  do {
    const int c = text == nullptr || depth == 0 ? PeekToken() : input_->Peek();
    absl::Status status;
    if (c == Input::kEnd) return Error("a value");
    if (c == '"') {
      status = PassString(text);
    } else if (c == '[' || c == '{') {
      ++depth;
      status = Take(text);
    } else if (c == ']' || c == '}') {
      if (--depth < 0) return Error("a value");
      status = Take(text);
    } else if (depth > 0) {
      status = Take(text);
    } else if (EndsScalar(c)) {
      return Error("a value");
    } else {
      while (status.ok() && !EndsScalar(input_->Peek())) status = Take(text);
    }
    if (!status.ok()) return status;
  } while (depth > 0);
  return input_->status();
}

absl::Status JsonScanner::PassString(std::string* text) {
  absl::Status status = Take(text);
  while (status.ok()) {
    const int c = input_->Peek();
    if (c == Input::kEnd) return Error("the end of a string");
    status = Take(text);
    if (c == '"') return status;
    if (c == '\\' && status.ok()) {
      if (input_->Peek() == Input::kEnd) return Error("the end of a string");
      status = Take(text);
    }
  }
  return status;
}

absl::Status JsonScanner::Take(std::string* text) {
  const int c = input_->Peek();
  input_->Skip();
  if (text == nullptr) return absl::OkStatus();
  if (text->size() == max_value_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("A value in the JSON file exceeds ", max_value_bytes_, " bytes."));
  }
  text->push_back(static_cast<char>(c));
  return absl::OkStatus();
}

}  // namespace pawl::objects
