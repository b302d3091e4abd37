#include "engine/expr/jsonpath/regex.h"

#include <re2/re2.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/value/text_search.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr int64_t kMaxMemory = 1 << 20;  // of one compiled pattern

class Re2Regex final : public Regex {
 public:
  Re2Regex(const std::string& pattern, const RE2::Options& options) : re_(pattern, options) {}

  const RE2& re() const { return re_; }
  bool FullMatch(absl::string_view text) const override {
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), re_);
  }
  uint64_t StepsFor(size_t bytes) const override {
    return RegexSteps(static_cast<size_t>(re_.ProgramSize()), bytes);
  }

 private:
  const RE2 re_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Regex>> Regex::Compile(absl::string_view pattern,
                                                            absl::string_view flags) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  std::string text(pattern);
  for (char flag : flags) {
    if (flag == 'i') {
      options.set_case_sensitive(false);
    } else if (flag == 's') {
      options.set_dot_nl(true);
    } else if (flag == 'm') {
      text.insert(0, "(?m)");
    } else if (flag != 'u') {
      return absl::InvalidArgumentError(absl::StrCat("the regular expression flag '",
                                                     std::string(1, flag), "' is not supported"));
    }
  }
  auto regex = std::make_shared<Re2Regex>(text, options);
  if (!regex->re().ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the regular expression is not supported: ", regex->re().error()));
  }
  return regex;
}

}  // namespace pawl::expr::jsonpath
