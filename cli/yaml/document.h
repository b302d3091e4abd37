// A text of JSON or YAML with its value, and where the parts of the value stand in the text.
//
//   absl::StatusOr<Document> document = Document::Parse("order.asl.yaml", text);
//   document->Where("/States/Pay/Next")  // "order.asl.yaml:12:15"
//
// A value; thread-compatible. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "cli/yaml/yaml.h"
#include "engine/asl/diagnostic.h"
#include "engine/asl/locate.h"
#include "engine/value/value.h"

namespace pawl {

// Whether the file is YAML: by its ending .yaml or .yml; of standard input ("-") and of other
// endings than .json and .asl by its text, which is JSON where it begins with { or [.
bool IsYaml(absl::string_view path, absl::string_view text);

class Document {
 public:
  // InvalidArgument and ResourceExhausted name the file and the place.
  static absl::StatusOr<Document> Parse(std::string path, std::string text,
                                        const YamlOptions& options = {});

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  const Value& root() const { return root_; }
  bool is_yaml() const { return yaml_.has_value(); }

  // Where the value begins that the JSON pointer names; where there is none, the nearest one around
  // it. Columns are in bytes.
  asl::TextPosition Locate(const std::string& pointer) const;
  // "FILE:LINE:COLUMN" of it.
  std::string Where(const std::string& pointer) const;

 private:
  std::string path_;
  std::string text_;
  Value root_;
  absl::optional<YamlDocument> yaml_;
};

// A definition as commands take it from a file: the JSON that the engine gets, and the places of
// the file for what is said of it.
class Definition {
 public:
  // A JSON text is taken as it is, whatever it holds: the compiler says what is wrong with it.
  // InvalidArgument and ResourceExhausted for YAML that cannot be read.
  static absl::StatusOr<Definition> Parse(std::string path, std::string text);

  const std::string& path() const { return path_; }
  // What people see: the file's own text.
  const std::string& text() const { return text_; }
  const std::string& json() const { return yaml_.has_value() ? json_ : text_; }

  // Puts lines and columns of the file into diagnostics of json().
  void Place(std::vector<asl::Diagnostic>* diagnostics) const;
  // Where the value stands in the file that the pointer names; nullopt where json() has its own
  // places, because it is the file's text.
  absl::optional<asl::TextPosition> Locate(const std::string& pointer) const;

 private:
  std::string path_;
  std::string text_;
  std::string json_;
  absl::optional<Document> yaml_;
};

}  // namespace pawl
