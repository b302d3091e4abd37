// YAML text to Value: what people write by hand, read as the JSON that it stands for.
//
//   absl::StatusOr<YamlDocument> document = ParseYaml(text);
//   if (!document.ok()) Print(document.status());  // "invalid YAML at line 3, column 5: ..."
//
// Scalars follow the core schema of YAML 1.2: `true` and `false` are booleans, `yes`, `no`, `on` and
// `off` are text. Numbers with leading zeros stay text, as account ids are, and so do dates. Keys are
// text as it is written. Anchors, aliases and merge keys (`<<`) are followed. Refused: a key that
// occurs twice, a second document, keys that are no scalars, unknown tags, .inf and .nan.
//
// libyaml stays behind this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl {

struct YamlOptions {
  size_t max_bytes = size_t{16} * 1024 * 1024;  // of text
  // Nodes of the value, each alias counted with all that it stands for.
  size_t max_nodes = 500'000;
  uint32_t max_depth = 200;  // of the value
  // Whether CloudFormation's short tags are read, as their long forms: `!GetAtt a.b` as
  // {"Fn::GetAtt": ["a", "b"]}.
  bool has_cloudformation_tags = false;
  // Changes the text of each scalar before it is found out what it is: `Seconds: ${wait}` becomes a
  // number. Null: nothing is changed. A refusal becomes the parser's, with its place.
  std::function<absl::StatusOr<std::string>(absl::string_view)> rewrite = nullptr;
};

// Where a value begins; its children in the order of the value's members or elements.
struct YamlPlace {
  int line = 0;    // from 1
  int column = 0;  // in characters, from 1
  std::vector<std::shared_ptr<const YamlPlace>> children = {};
};

struct YamlDocument {
  Value value;
  std::shared_ptr<const YamlPlace> place;  // of the value
};

// InvalidArgument with line, column and what is wrong; ResourceExhausted, which names the limit. Pure.
absl::StatusOr<YamlDocument> ParseYaml(absl::string_view text, const YamlOptions& options = {});

// Where the value begins to which the names and indexes of `path` lead; where there is none, the
// nearest one around it.
const YamlPlace& LocateYaml(const YamlDocument& document, const std::vector<std::string>& path);

}  // namespace pawl
