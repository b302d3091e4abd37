#include "cli/flags.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "cli/text.h"
#include "engine/value/boolean_text.h"

namespace pawl::cli {
namespace {

absl::Status CheckValue(const Flag& flag, const std::string& value) {
  const auto wrong = [&](const char* expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag.name, ": expected ", expected, ", got '", value, "'"));
  };
  int64_t number = 0;
  absl::Duration duration;
  switch (flag.kind) {
    case Flag::Kind::kSwitch:
      return ReadBoolean(value).has_value() ? absl::OkStatus() : wrong(kBooleanWords);
    case Flag::Kind::kText:
      return absl::OkStatus();
    case Flag::Kind::kNumber:
      if (!absl::SimpleAtoi(value, &number) || number < 0) return wrong("a number of 0 or more");
      return absl::OkStatus();
    case Flag::Kind::kDuration:
      if (!absl::ParseDuration(value, &duration) || duration < absl::ZeroDuration()) {
        return wrong("a duration such as 30s, 5m or 1h30m");
      }
      return absl::OkStatus();
    case Flag::Kind::kTime:
      if (!ParseTime(value, absl::UnixEpoch()).ok()) {
        return wrong("a time such as 2026-05-01, 2026-05-01T10:00:00Z or 2h (ago)");
      }
      return absl::OkStatus();
    case Flag::Kind::kChoice: {
      const std::vector<std::string> choices = absl::StrSplit(flag.value_name, '|');
      if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
        return wrong(flag.value_name);
      }
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<const Flag*> FindFlag(const std::vector<Flag>& flags, const std::string& word) {
  std::vector<std::string> names;
  for (const Flag& flag : flags) {
    const std::string long_form = absl::StrCat("--", flag.name);
    if (word == long_form) return &flag;
    if (flag.letter != 0 && word == std::string{'-', flag.letter}) return &flag;
    names.push_back(long_form);
  }
  const std::string nearest = Nearest(word, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown flag ", word, nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?")));
}

}  // namespace

std::string Arguments::Text(const std::string& flag, const std::string& otherwise) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? otherwise : found->second.back();
}

int64_t Arguments::Number(const std::string& flag, int64_t otherwise) const {
  int64_t number = otherwise;
  if (Has(flag) && !absl::SimpleAtoi(Text(flag), &number)) number = otherwise;
  return number;
}

absl::Duration Arguments::Duration(const std::string& flag, absl::Duration otherwise) const {
  absl::Duration duration = otherwise;
  if (Has(flag) && !absl::ParseDuration(Text(flag), &duration)) duration = otherwise;
  return duration;
}

absl::Time Arguments::Time(const std::string& flag, absl::Time now) const {
  return ParseTime(Text(flag), now).value_or(now);
}

std::vector<std::string> Arguments::All(const std::string& flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string Arguments::At(size_t index) const {
  return index < positional_.size() ? positional_[index] : std::string();
}

absl::StatusOr<Arguments> ParseArguments(const std::vector<Flag>& flags,
                                         const std::vector<std::string>& words) {
  Arguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      arguments.positional_.insert(arguments.positional_.end(),
                                   words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word.size() < 2 || word[0] != '-') {  // "-" is standard input
      arguments.positional_.push_back(word);
      continue;
    }
    const size_t equals = absl::StartsWith(word, "--") ? word.find('=') : std::string::npos;
    absl::StatusOr<const Flag*> flag = FindFlag(flags, word.substr(0, equals));
    if (!flag.ok()) return flag.status();
    std::string value;
    if ((*flag)->kind == Flag::Kind::kSwitch) {
      value = equals == std::string::npos ? "true" : word.substr(equals + 1);
    } else if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("--", (*flag)->name, " needs a value: ", (*flag)->value_name));
    }
    if (absl::Status status = CheckValue(**flag, value); !status.ok()) return status;
    if ((*flag)->kind == Flag::Kind::kSwitch && !*ReadBoolean(value)) {
      arguments.values_.erase((*flag)->name);  // switched off again
      continue;
    }
    arguments.values_[(*flag)->name].push_back(std::move(value));
  }
  return arguments;
}

absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now) {
  absl::Duration ago;
  if (absl::ParseDuration(text, &ago)) return now - ago;
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, absl::LocalTimeZone(), &time, &error)) return time;
  }
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no time"));
}

std::string FlagHelp(const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& flag : flags) {
    const std::string letter = flag.letter == 0 ? "    " : std::string{'-', flag.letter, ',', ' '};
    const std::string head =
        absl::StrCat(letter, "--", flag.name, *flag.value_name == '\0' ? "" : " ", flag.value_name);
    if (head.size() > 30) {
      absl::StrAppendFormat(&out, "  %s\n  %-30s  %s\n", head, "", flag.help);
    } else {
      absl::StrAppendFormat(&out, "  %-30s  %s\n", head, flag.help);
    }
  }
  return out;
}

}  // namespace pawl::cli
