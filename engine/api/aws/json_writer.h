// Writes JSON straight into a string: an answer holds payloads of any size, so it is never built as
// a tree first.
//
//   std::string body;
//   {
//     JsonObject answer(&body);
//     answer.Text("executionArn", arn).Time("startDate", start);
//     answer.Object("inputDetails").Bool("included", true);
//     JsonArray events = answer.Array("events");
//     for (...) events.Object().Int("id", 7);
//   }
//
// An object or array is closed when its writer goes; until then its parent must not be written.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace pawl::api::aws_json {

class JsonArray;

class JsonObject {
 public:
  explicit JsonObject(std::string* out);
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;
  ~JsonObject();

  JsonObject& Text(absl::string_view key, absl::string_view text);
  JsonObject& Int(absl::string_view key, int64_t number);
  JsonObject& Double(absl::string_view key, double number);
  JsonObject& Bool(absl::string_view key, bool value);
  // Seconds since the Unix epoch with milliseconds: 1790199887.084.
  JsonObject& Time(absl::string_view key, absl::Time time);
  // The same where there is something: AWS's answers have no null and leave empty texts out.
  JsonObject& TextIfAny(absl::string_view key, absl::string_view text);
  JsonObject& Optional(absl::string_view key, const absl::optional<std::string>& text);

  JsonObject Object(absl::string_view key);
  JsonArray Array(absl::string_view key);

 private:
  std::string* Key(absl::string_view key);

  std::string* const out_;
  bool is_empty_ = true;
};

class JsonArray {
 public:
  explicit JsonArray(std::string* out);
  JsonArray(const JsonArray&) = delete;
  JsonArray& operator=(const JsonArray&) = delete;
  ~JsonArray();

  JsonObject Object();
  JsonArray& Text(absl::string_view text);

 private:
  std::string* Next();

  std::string* const out_;
  bool is_empty_ = true;
};

}  // namespace pawl::api::aws_json
