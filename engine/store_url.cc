#include "engine/store_url.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace pawl {

std::string WithoutCredentials(absl::string_view url) {
  // A password may hold '/', '?' and '@' although it should be percent-encoded: everything up to
  // the last '@' counts as user and password.
  std::string out;
  const size_t scheme = url.find("://");
  const size_t at = url.rfind('@');
  if (at == absl::string_view::npos) {
    out = std::string(url);
  } else if (scheme != absl::string_view::npos && scheme < at) {
    out = absl::StrCat(url.substr(0, scheme + 3), "***", url.substr(at));
  } else {
    out = absl::StrCat("***", url.substr(at));
  }
  const size_t question = out.find('?');
  if (question == std::string::npos) return out;
  std::vector<std::string> parameters = absl::StrSplit(out.substr(question + 1), '&');
  for (std::string& parameter : parameters) {
    const std::string name = parameter.substr(0, parameter.find('='));
    if (absl::StrContains(absl::AsciiStrToLower(name), "password"))
      parameter = absl::StrCat(name, "=***");
  }
  return absl::StrCat(out.substr(0, question + 1), absl::StrJoin(parameters, "&"));
}

}  // namespace pawl
