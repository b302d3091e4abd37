#include "engine/expr/jsonata/regex.h"

#include <re2/re2.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/expr/jsonata/error.h"
#include "engine/value/text_search.h"

namespace pawl::expr::jsonata {
namespace {

constexpr int64_t kMaxMemory = 1 << 20;  // of one compiled pattern

// What JavaScript and RE2 spell differently.
std::string ToRe2Syntax(absl::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const absl::string_view rest = pattern.substr(i);
    if (absl::StartsWith(rest, "\\u") && rest.size() >= 6) {
      out += "\\x{" + std::string(rest.substr(2, 4)) + "}";
      i += 5;
    } else if (rest[0] != '\\' || rest.size() < 2) {
      const bool named =
          absl::StartsWith(rest, "(?<") && rest.size() > 3 && rest[3] != '=' && rest[3] != '!';
      out += named ? "(?P<" : std::string(1, rest[0]);
      if (named) i += 2;
    } else {
      // RE2 refuses the needless escape of a space.
      if (rest[1] != ' ' && rest[1] != '/') out += '\\';
      out += rest[1];
      ++i;
    }
  }
  return out;
}

// Whether `pattern` (in RE2's syntax) has no repetition without end, or is the repetition of one
// class of characters, whose match ends where the class ends.
bool IsLocal(absl::string_view pattern) {
  const bool is_class = pattern.size() >= 3 && pattern[0] == '\\' &&
                        absl::ascii_isalpha(static_cast<unsigned char>(pattern[1]));
  if (is_class && (pattern.substr(2) == "+" || pattern.substr(2) == "*")) return true;
  if (pattern.size() > 2 && pattern[0] == '[' && pattern.find(']') == pattern.size() - 2 &&
      (pattern.back() == '+' || pattern.back() == '*')) {
    return true;
  }
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '+' || pattern[i] == '{') {
      return false;
    }
  }
  return true;
}

class Re2Regex final : public Regex {
 public:
  Re2Regex(const std::string& pattern, const RE2::Options& options)
      : re_(pattern, options), is_local_(IsLocal(pattern)) {}

  const RE2& re() const { return re_; }

  absl::optional<Match> Find(absl::string_view text, size_t from) const override {
    const int count = re_.NumberOfCapturingGroups() + 1;
    std::vector<re2::StringPiece> parts(static_cast<size_t>(count));
    const re2::StringPiece piece(text.data(), text.size());
    if (!re_.Match(piece, from, text.size(), RE2::UNANCHORED, parts.data(), count)) {
      return absl::nullopt;
    }
    Match match;
    match.start = static_cast<size_t>(parts[0].data() - text.data());
    match.end = match.start + parts[0].size();
    for (size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].data() == nullptr) {
        match.groups.emplace_back();
      } else {
        match.groups.emplace_back(absl::string_view(parts[i].data(), parts[i].size()));
      }
    }
    return match;
  }

  uint64_t StepsFor(size_t bytes) const override {
    const auto groups = static_cast<uint64_t>(re_.NumberOfCapturingGroups());
    return 2 * groups + RegexSteps(static_cast<size_t>(re_.ProgramSize()), bytes);
  }
  bool is_local() const override { return is_local_; }

 private:
  const RE2 re_;
  const bool is_local_;
};

}  // namespace

std::shared_ptr<const Regex> Regex::Compile(absl::string_view pattern, absl::string_view flags) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_case_sensitive(flags.find('i') == absl::string_view::npos);
  std::string text = ToRe2Syntax(pattern);
  if (flags.find('m') != absl::string_view::npos) text.insert(0, "(?m)");
  auto regex = std::make_shared<Re2Regex>(text, options);
  if (!regex->re().ok()) throw Raised("S0303").With("message", regex->re().error());
  return regex;
}

}  // namespace pawl::expr::jsonata
