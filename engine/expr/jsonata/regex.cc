#include "engine/expr/jsonata/regex.h"

#include <re2/re2.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/expr/jsonata/error.h"

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

class Re2Regex final : public Regex {
 public:
  Re2Regex(const std::string& pattern, const RE2::Options& options) : re_(pattern, options) {}

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
        match.groups.emplace_back(std::string(parts[i].data(), parts[i].size()));
      }
    }
    return match;
  }

 private:
  const RE2 re_;
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
