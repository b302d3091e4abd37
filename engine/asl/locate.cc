#include "engine/asl/locate.h"

#include <cctype>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace pawl::asl {
namespace {

// Walks JSON text that a parser has accepted, so it only has to find ends, not check anything.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  // Moves to the value below the current one that `token` names. False where there is none.
  bool Descend(absl::string_view token) {
    SkipSpace();
    if (AtEnd()) return false;
    if (Peek() == '{') return DescendObject(token);
    if (Peek() == '[') return DescendArray(token);
    return false;
  }

  size_t offset() {
    SkipSpace();
    return at_;
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }

  void SkipSpace() {
    while (!AtEnd() && (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r')) ++at_;
  }

  bool DescendObject(absl::string_view token) {
    ++at_;
    // The last of several equal members counts, as in the parser.
    size_t found = std::string::npos;
    for (;;) {
      SkipSpace();
      if (AtEnd() || Peek() != '"') break;
      const std::string key = ReadString();
      SkipSpace();
      if (AtEnd()) break;
      ++at_;  // ':'
      SkipSpace();
      if (key == token) found = at_;
      SkipValue();
      SkipSpace();
      if (AtEnd() || Peek() != ',') break;
      ++at_;
    }
    if (found == std::string::npos) return false;
    at_ = found;
    return true;
  }

  bool DescendArray(absl::string_view token) {
    size_t wanted = 0;
    if (!absl::SimpleAtoi(token, &wanted)) return false;
    ++at_;
    for (size_t i = 0;; ++i) {
      SkipSpace();
      if (AtEnd() || Peek() == ']') return false;
      if (i == wanted) return true;
      SkipValue();
      SkipSpace();
      if (AtEnd() || Peek() != ',') return false;
      ++at_;
    }
  }

  // Escapes other than \" and \\ are kept as written: member names with them are located by luck
  // only.
  std::string ReadString() {
    std::string out;
    for (++at_; !AtEnd() && Peek() != '"'; ++at_) {
      if (Peek() == '\\' && at_ + 1 < text_.size()) ++at_;
      out.push_back(Peek());
    }
    if (!AtEnd()) ++at_;
    return out;
  }

  void SkipValue() {
    int depth = 0;
    do {
      SkipSpace();
      if (AtEnd()) return;
      const char c = Peek();
      if (c == '"') {
        ReadString();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        while (!AtEnd() &&
               absl::string_view(",:]} \t\r\n").find(Peek()) == absl::string_view::npos) {
          ++at_;
        }
      }
    } while (depth > 0);
  }

  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string EscapePointer(absl::string_view token) {
  return absl::StrReplaceAll(token, {{"~", "~0"}, {"/", "~1"}});
}

TextPosition PositionOfOffset(absl::string_view text, size_t offset) {
  TextPosition position{1, 1};
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else {
      ++position.column;
    }
  }
  return position;
}

TextPosition Locate(absl::string_view text, absl::string_view pointer) {
  Scanner scanner(text);
  if (!pointer.empty() && pointer != "/") {
    for (absl::string_view token : absl::StrSplit(pointer.substr(1), '/')) {
      if (!scanner.Descend(absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}}))) {
        break;  // the nearest enclosing value that exists
      }
    }
  }
  return PositionOfOffset(text, scanner.offset());
}

}  // namespace pawl::asl
