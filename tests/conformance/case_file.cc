#include "tests/conformance/case_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::conformance {
namespace {

const Value& Null() {
  static const Value* null = new Value();
  return *null;
}

}  // namespace

const Value& Case::Field(absl::string_view field) const {
  const Value* value = json.Find(field);
  return value == nullptr ? Null() : *value;
}

const Value& Case::Expect(absl::string_view field) const {
  const Value* value = Field("expect").Find(field);
  return value == nullptr ? Null() : *value;
}

bool Case::HasFeature(absl::string_view feature) const {
  if (!Field("features").is_array()) return false;
  for (const Value& entry : Field("features").AsArray()) {
    if (entry.is_string() && entry.AsString() == feature) return true;
  }
  return false;
}

std::string Case::DefinitionText() const { return ToJson(Field("definition")); }

std::string Case::InputText(absl::Time now) const {
  std::string text = ToJson(Field("input"));
  for (;;) {
    const size_t begin = text.find("{{now+");
    if (begin == std::string::npos) return text;
    const size_t end = text.find("s}}", begin);
    int64_t seconds = 0;
    if (end == std::string::npos ||
        !absl::SimpleAtoi(text.substr(begin + 6, end - begin - 6), &seconds)) {
      return text;
    }
    text.replace(
        begin, end + 3 - begin,
        absl::FormatTime("%Y-%m-%dT%H:%M:%S", now + absl::Seconds(seconds), absl::UTCTimeZone()));
  }
}

absl::StatusOr<Case> ReadCase(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << file.rdbuf();
  absl::StatusOr<Value> json = ParseJson(text.str());
  if (!json.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", std::string(json.status().message())));
  }
  Case result;
  result.path = path;
  result.json = *std::move(json);
  const Value* name = result.json.Find("name");
  result.name = name != nullptr && name->is_string() ? name->AsString() : path;
  return result;
}

std::vector<std::string> FindCaseFiles(const std::vector<std::string>& roots) {
  std::vector<std::string> files;
  for (const std::string& root : roots) {
    if (std::filesystem::is_regular_file(root)) {
      files.push_back(root);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file() && entry.path().extension() == ".json") {
        files.push_back(entry.path().string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace pawl::conformance
