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

// Whether a match of `pattern` (in RE2's syntax) is decided soon behind its end: repetition without
// end stands at the end only ("[a-z]+", where each further character belongs to the match), or is
// white space before a mark that ends it (" *, *").
bool IsLocal(absl::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      return false;
    } else if ((pattern[i] == '*' || pattern[i] == '+') && i + 1 < pattern.size()) {
      const bool is_space = i >= 2 && pattern.substr(i - 2, 2) == "\\s";
      const bool is_ended = absl::string_view(",;:|=/").find(pattern[i + 1]) != kNotFound;
      if (!is_space || !is_ended) return false;
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
    const re2::StringPiece piece(text.data(), text.size());
    re2::StringPiece whole;
    if (!re_.Match(piece, from, text.size(), RE2::UNANCHORED, &whole, 1)) return absl::nullopt;
    Match match;
    match.start = static_cast<size_t>(whole.data() - text.data());
    match.end = match.start + whole.size();
    return match;
  }
  void FindGroups(absl::string_view text, Match* match) const override {
    const int count = re_.NumberOfCapturingGroups() + 1;
    if (count == 1) return;
    std::vector<re2::StringPiece> parts(static_cast<size_t>(count));
    const re2::StringPiece piece(text.data(), text.size());
    re_.Match(piece, match->start, match->end, RE2::ANCHOR_BOTH, parts.data(), count);
    for (size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].data() == nullptr) {
        match->groups.emplace_back();
      } else {
        match->groups.emplace_back(absl::string_view(parts[i].data(), parts[i].size()));
      }
    }
  }

  uint64_t StepsFor(size_t bytes) const override {
    return RegexSteps(static_cast<size_t>(re_.ProgramSize()), bytes);
  }
  uint64_t GroupStepsFor(size_t bytes) const override {
    // Each thread of the simulation carries the places of all groups along.
    const auto groups = static_cast<uint64_t>(re_.NumberOfCapturingGroups());
    return groups == 0 ? 0 : StepsFor(bytes) + 2 * groups + bytes * (groups * groups / 16);
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
