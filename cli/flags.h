// The command line: a command is data (its arguments, flags and examples), from which come parsing,
// help texts and shell completion. Flags may stand anywhere; "--" ends them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pawl::cli {

struct Flag {
  enum class Kind {
    kSwitch,  // alone, or with a boolean: --follow=no
    kText,
    kNumber,    // of 0 or more
    kDuration,  // "90s", "1h30m"
    kTime,      // "2026-05-01", "2026-05-01T10:00:00Z", or how long ago: "2h"
    kChoice,    // one of value_name, "a|b|c"
  };
  const char* name;  // without the dashes
  Kind kind = Kind::kSwitch;
  const char* value_name = "";
  const char* help = "";
  char letter = 0;  // a short form, -f
};

// What was given, already checked against the flags' kinds. A value.
class Arguments {
 public:
  bool Has(const std::string& flag) const { return values_.count(flag) > 0; }
  // The last one given, or `otherwise`.
  std::string Text(const std::string& flag, const std::string& otherwise = std::string()) const;
  int64_t Number(const std::string& flag, int64_t otherwise) const;
  absl::Duration Duration(const std::string& flag, absl::Duration otherwise) const;
  absl::Time Time(const std::string& flag, absl::Time now) const;  // of a flag that was given
  std::vector<std::string> All(const std::string& flag) const;

  const std::vector<std::string>& positional() const { return positional_; }
  // "" where fewer were given.
  std::string At(size_t index) const;

 private:
  friend absl::StatusOr<Arguments> ParseArguments(const std::vector<Flag>& flags,
                                                  const std::vector<std::string>& words);
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> positional_;
};

// InvalidArgument says which word is wrong and what would be right.
absl::StatusOr<Arguments> ParseArguments(const std::vector<Flag>& flags,
                                         const std::vector<std::string>& words);

// The forms of Flag::Kind::kTime. InvalidArgument.
absl::StatusOr<absl::Time> ParseTime(const std::string& text, absl::Time now);

// "  -f, --follow           help" lines, aligned.
std::string FlagHelp(const std::vector<Flag>& flags);

}  // namespace pawl::cli
