// The little XML that S3 speaks: elements and text. Attributes, comments and processing
// instructions are skipped; document types and entities of one's own are refused.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::objects::s3 {

struct XmlElement {
  std::string name;  // without a namespace prefix
  std::string text;  // all character data directly in it
  std::vector<XmlElement> children;

  // The first child of that name, or null.
  const XmlElement* Child(absl::string_view child_name) const;
  // The text of that child, or "".
  absl::string_view ChildText(absl::string_view child_name) const;
};

// InvalidArgument for what is none, is deeper than 16 elements, or has more than 100,000.
absl::StatusOr<XmlElement> ParseXml(absl::string_view text);

std::string EscapeXml(absl::string_view text);

}  // namespace pawl::objects::s3
