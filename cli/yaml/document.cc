#include "cli/yaml/document.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

absl::Status In(const std::string& path, const absl::Status& status) {
  return {status.code(), absl::StrCat(path, ": ", std::string(status.message()))};
}

bool BeginsAsJson(absl::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != absl::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// Columns of libyaml count characters, those of diagnostics bytes.
int ByteColumn(absl::string_view text, int line, int column) {
  size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    begin = text.find('\n', begin);
    if (begin == absl::string_view::npos) return column;
    ++begin;
  }
  size_t at = begin;
  for (int i = 1; i < column && at < text.size(); ++i) {
    at += std::max<size_t>(1, Utf8SequenceLength(text, at));
  }
  return static_cast<int>(at - begin) + 1;
}

}  // namespace

bool IsYaml(absl::string_view path, absl::string_view text) {
  if (absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml")) return true;
  if (absl::EndsWith(path, ".json") || absl::EndsWith(path, ".asl")) return false;
  // An empty text is neither; what is said of it as JSON reads better.
  return !BeginsAsJson(text) && text.find_first_not_of(" \t\r\n") != absl::string_view::npos;
}

absl::StatusOr<Document> Document::Parse(std::string path, std::string text,
                                         const YamlOptions& options) {
  Document document;
  if (IsYaml(path, text)) {
    absl::StatusOr<YamlDocument> yaml = ParseYaml(text, options);
    if (!yaml.ok()) return In(path, yaml.status());
    document.root_ = yaml->value;
    document.yaml_ = *std::move(yaml);
  } else {
    JsonLimits limits;
    limits.max_bytes = options.max_bytes;
    absl::StatusOr<Value> value = ParseJson(text, limits);
    if (!value.ok()) return In(path, value.status());
    document.root_ = *std::move(value);
  }
  document.path_ = std::move(path);
  document.text_ = std::move(text);
  return document;
}

asl::TextPosition Document::Locate(const std::string& pointer) const {
  if (!yaml_.has_value()) return asl::Locate(text_, {pointer}).front();
  const YamlPlace& place = LocateYaml(*yaml_, asl::PointerTokens(pointer));
  return {place.line, ByteColumn(text_, place.line, place.column)};
}

std::string Document::Where(const std::string& pointer) const {
  const asl::TextPosition position = Locate(pointer);
  return absl::StrCat(path_, ":", position.line, ":", position.column);
}

absl::StatusOr<Definition> Definition::Parse(std::string path, std::string text) {
  Definition definition;
  if (IsYaml(path, text)) {
    absl::StatusOr<Document> yaml = Document::Parse(path, text);
    if (!yaml.ok()) return yaml.status();
    definition.json_ = ToPrettyJson(yaml->root());
    definition.yaml_ = *std::move(yaml);
  }
  definition.path_ = std::move(path);
  definition.text_ = std::move(text);
  return definition;
}

absl::optional<asl::TextPosition> Definition::Locate(const std::string& pointer) const {
  if (!yaml_.has_value()) return absl::nullopt;
  return yaml_->Locate(pointer);
}

void Definition::Place(std::vector<asl::Diagnostic>* diagnostics) const {
  if (!yaml_.has_value()) return;
  for (asl::Diagnostic& diagnostic : *diagnostics) {
    if (diagnostic.line == 0) continue;
    const asl::TextPosition position = yaml_->Locate(diagnostic.pointer);
    diagnostic.line = position.line;
    diagnostic.column = position.column;
  }
}

}  // namespace pawl
