#include "engine/objects/s3/xml.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "engine/value/utf8.h"

namespace pawl::objects::s3 {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxElements = 100000;

class Parser {
 public:
  explicit Parser(absl::string_view text) : rest_(text) {}

  bool ParseDocument(XmlElement* root) {
    return SkipMisc() && ParseElement(root, 0) && SkipMisc() && rest_.empty();
  }

 private:
  // White space, comments, the declaration.
  bool SkipMisc() {
    for (;;) {
      rest_ = absl::StripLeadingAsciiWhitespace(rest_);
      if (absl::StartsWith(rest_, "<?")) {
        if (!SkipPast("?>")) return false;
      } else if (absl::StartsWith(rest_, "<!--")) {
        if (!SkipPast("-->")) return false;
      } else {
        return true;
      }
    }
  }

  bool SkipPast(absl::string_view end) {
    const size_t at = rest_.find(end);
    if (at == absl::string_view::npos) return false;
    rest_.remove_prefix(at + end.size());
    return true;
  }

  bool ParseElement(XmlElement* element, int depth) {
    if (depth == kMaxDepth || ++elements_ > kMaxElements) return false;
    bool is_empty = false;
    if (!ParseStartTag(&element->name, &is_empty)) return false;
    if (is_empty) return true;
    for (;;) {
      const size_t markup = rest_.find('<');
      if (markup == absl::string_view::npos) return false;
      if (!AppendText(rest_.substr(0, markup), &element->text)) return false;
      rest_.remove_prefix(markup);
      if (absl::StartsWith(rest_, "</")) return ParseEndTag(element->name);
      if (absl::StartsWith(rest_, "<!--")) {
        if (!SkipPast("-->")) return false;
      } else if (absl::ConsumePrefix(&rest_, "<![CDATA[")) {
        const absl::string_view data = rest_;
        if (!SkipPast("]]>")) return false;
        element->text.append(data.data(), data.size() - rest_.size() - 3);
      } else {
        element->children.emplace_back();
        if (!ParseElement(&element->children.back(), depth + 1)) return false;
      }
    }
  }

  static bool IsNameByte(char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
           c == ':' || static_cast<unsigned char>(c) >= 0x80;
  }

  bool ParseName(std::string* name) {
    size_t size = 0;
    while (size < rest_.size() && IsNameByte(rest_[size])) ++size;
    absl::string_view full = rest_.substr(0, size);
    rest_.remove_prefix(size);
    const size_t colon = full.rfind(':');
    if (colon != absl::string_view::npos) full.remove_prefix(colon + 1);
    *name = std::string(full);
    return !full.empty();
  }

  bool ParseStartTag(std::string* name, bool* is_empty) {
    if (!absl::ConsumePrefix(&rest_, "<") || !ParseName(name)) return false;
    char quote = '\0';
    for (size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '<') {
        return false;
      } else if (c == '>') {
        *is_empty = i > 0 && rest_[i - 1] == '/';
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  bool ParseEndTag(const std::string& name) {
    std::string closed;
    rest_.remove_prefix(2);
    if (!ParseName(&closed) || closed != name) return false;
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    return absl::ConsumePrefix(&rest_, ">");
  }

  static bool AppendText(absl::string_view raw, std::string* text) {
    while (!raw.empty()) {
      const size_t amp = raw.find('&');
      text->append(raw.data(), std::min(amp, raw.size()));
      if (amp == absl::string_view::npos) return true;
      const size_t end = raw.find(';', amp);
      if (end == absl::string_view::npos) return false;
      if (!AppendEntity(raw.substr(amp + 1, end - amp - 1), text)) return false;
      raw.remove_prefix(end + 1);
    }
    return true;
  }

  static bool AppendEntity(absl::string_view entity, std::string* text) {
    if (entity == "lt")
      text->push_back('<');
    else if (entity == "gt")
      text->push_back('>');
    else if (entity == "amp")
      text->push_back('&');
    else if (entity == "quot")
      text->push_back('"');
    else if (entity == "apos")
      text->push_back('\'');
    else
      return AppendCharacter(entity, text);
    return true;
  }

  static bool AppendCharacter(absl::string_view entity, std::string* text) {
    uint32_t code = 0;
    if (!absl::ConsumePrefix(&entity, "#")) return false;
    const bool is_number = absl::ConsumePrefix(&entity, "x") ? absl::SimpleHexAtoi(entity, &code)
                                                             : absl::SimpleAtoi(entity, &code);
    const bool is_scalar = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    if (!is_number || !is_scalar) return false;
    AppendUtf8(code, text);
    return true;
  }

  absl::string_view rest_;
  int elements_ = 0;
};

}  // namespace

const XmlElement* XmlElement::Child(absl::string_view child_name) const {
  for (const XmlElement& child : children) {
    if (child.name == child_name) return &child;
  }
  return nullptr;
}

absl::string_view XmlElement::ChildText(absl::string_view child_name) const {
  const XmlElement* child = Child(child_name);
  return child == nullptr ? absl::string_view() : absl::string_view(child->text);
}

absl::StatusOr<XmlElement> ParseXml(absl::string_view text) {
  XmlElement root;
  if (!Parser(text).ParseDocument(&root)) return absl::InvalidArgumentError("not valid XML");
  return root;
}

std::string EscapeXml(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

}  // namespace pawl::objects::s3
