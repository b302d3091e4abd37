#include "engine/asl/locate.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/value/json.h"

namespace pawl::asl {
namespace {

// Walks JSON text that the parser has accepted, so it only has to find ends, not check anything;
// its depth is bounded by the parser's.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  // Where the next value begins.
  size_t ValueOffset() {
    SkipSpace();
    return at_;
  }

  // Calls on_member(name) with the scanner before each member's value, on_element(index) before
  // each element; they must pass over the value. A scalar is passed over.
  template <typename OnMember, typename OnElement>
  void EachChild(OnMember on_member, OnElement on_element) {
    SkipSpace();
    if (Peek() == '{') {
      ++at_;
      for (SkipSpace(); Peek() == '"'; SkipSpace()) {
        const std::string name = ReadString();
        SkipSpace();
        ++at_;  // ':'
        on_member(name);
        SkipComma();
      }
      ++at_;
    } else if (Peek() == '[') {
      ++at_;
      SkipSpace();
      for (size_t i = 0; Peek() != ']' && at_ < text_.size(); ++i) {
        on_element(i);
        SkipComma();
      }
      ++at_;
    } else {
      SkipValue();
    }
  }

  void SkipValue() {
    int depth = 0;
    do {
      SkipSpace();
      if (at_ >= text_.size()) return;
      const char c = Peek();
      if (c == '"') {
        SkipString();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        at_ = std::min(text_.find_first_of(",:]} \t\r\n", at_), text_.size());
      }
    } while (depth > 0);
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  void SkipComma() {
    SkipSpace();
    if (Peek() == ',') ++at_;
    SkipSpace();
  }

  void SkipString() {
    for (++at_; at_ < text_.size() && Peek() != '"'; ++at_) {
      if (Peek() == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string ReadString() {
    const size_t begin = at_;
    SkipString();
    const absl::string_view literal = text_.substr(begin, at_ - begin);
    if (literal.find('\\') == absl::string_view::npos) {
      return std::string(literal.substr(1, literal.size() - 2));
    }
    const absl::StatusOr<Value> value = ParseJson(literal);
    return value.ok() ? value->AsString() : std::string(literal);
  }

  absl::string_view text_;
  size_t at_ = 0;
};

// The wanted pointers as a tree of tokens, so that the text is walked only where they lead.
struct Wanted {
  static constexpr size_t kNowhere = std::string::npos;
  absl::flat_hash_map<std::string, size_t> children;
  size_t parent = 0;
  size_t offset = kNowhere;
};

void Find(std::vector<Wanted>* tree, size_t node, Scanner* scanner) {
  (*tree)[node].offset = scanner->ValueOffset();
  if ((*tree)[node].children.empty()) return scanner->SkipValue();
  const auto descend = [tree, node, scanner](const std::string& token) {
    const auto it = (*tree)[node].children.find(token);
    if (it == (*tree)[node].children.end()) return scanner->SkipValue();
    Find(tree, it->second, scanner);  // the last of several equal members counts
  };
  scanner->EachChild(descend, [&descend](size_t index) { descend(absl::StrCat(index)); });
}

void FindRepeated(Scanner* scanner, size_t limit, std::vector<std::string>* path,
                  std::vector<std::vector<std::string>>* found) {
  absl::flat_hash_set<std::string> names;
  const auto descend = [&](const std::string& token) {
    path->push_back(token);
    FindRepeated(scanner, limit, path, found);
    path->pop_back();
  };
  scanner->EachChild(
      [&](const std::string& name) {
        if (!names.insert(name).second && found->size() < limit) {
          found->push_back(*path);
          found->back().push_back(name);
        }
        descend(name);
      },
      [&](size_t index) { descend(absl::StrCat(index)); });
}

}  // namespace

std::string EscapePointer(absl::string_view token) {
  return absl::StrReplaceAll(token, {{"~", "~0"}, {"/", "~1"}});
}

std::string JoinPointer(const std::vector<std::string>& tokens) {
  std::string pointer;
  for (const std::string& token : tokens) absl::StrAppend(&pointer, "/", EscapePointer(token));
  return pointer;
}

std::vector<std::string> PointerTokens(absl::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty() || pointer == "/") return tokens;
  for (absl::string_view token : absl::StrSplit(absl::StripPrefix(pointer, "/"), '/')) {
    tokens.push_back(absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}}));
  }
  return tokens;
}

std::vector<TextPosition> Locate(absl::string_view text,
                                 const std::vector<absl::string_view>& pointers) {
  std::vector<Wanted> tree(1);
  std::vector<size_t> nodes;
  for (absl::string_view pointer : pointers) {
    size_t node = 0;
    for (const std::string& token : PointerTokens(pointer)) {
      const auto [it, is_new] = tree[node].children.emplace(token, tree.size());
      const size_t child = it->second;
      if (is_new) tree.push_back(Wanted{{}, node, Wanted::kNowhere});
      node = child;
    }
    nodes.push_back(node);
  }
  Scanner scanner(text);
  Find(&tree, 0, &scanner);
  std::vector<size_t> line_starts = {0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts.push_back(i + 1);
  }
  std::vector<TextPosition> positions;
  for (size_t node : nodes) {
    while (tree[node].offset == Wanted::kNowhere) node = tree[node].parent;
    const size_t offset = tree[node].offset;
    const auto line = std::upper_bound(line_starts.begin(), line_starts.end(), offset) - 1;
    positions.push_back(TextPosition{static_cast<int>(line - line_starts.begin()) + 1,
                                     static_cast<int>(offset - *line) + 1});
  }
  return positions;
}

std::vector<std::vector<std::string>> FindRepeatedMembers(absl::string_view text, size_t limit) {
  std::vector<std::vector<std::string>> found;
  std::vector<std::string> path;
  Scanner scanner(text);
  FindRepeated(&scanner, limit, &path, &found);
  return found;
}

}  // namespace pawl::asl
