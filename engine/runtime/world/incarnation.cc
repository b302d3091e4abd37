#include "engine/runtime/world/incarnation.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace pawl::runtime {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// "" where it cannot be told.
std::string BootId() {
  const std::string text = ReadFile("/proc/sys/kernel/random/boot_id");
  return absl::StrJoin(absl::StrSplit(absl::StripAsciiWhitespace(text), '-'), "");
}

// Containers of one machine number their processes each for itself.
std::string PidSpace() {
  char link[64] = {};
  const ssize_t size = readlink("/proc/self/ns/pid", link, sizeof(link) - 1);
  if (size <= 0) return "";
  const std::string text(link, static_cast<size_t>(size));  // "pid:[4026531836]"
  const size_t open = text.find('[');
  const size_t close = text.find(']');
  return open == std::string::npos || close == std::string::npos
             ? ""
             : text.substr(open + 1, close - open - 1);
}

// In ticks since boot; "" where there is no such process. proc(5): field 22, after a name in
// parentheses that may hold anything.
std::string StartTime(int64_t pid) {
  const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return "";
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(name_end + 1), ' ', absl::SkipEmpty());
  // A zombie has ended and waits for its parent only.
  if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return "";
  return fields[19];
}

}  // namespace

std::string MakeIncarnation(const std::string& node_name, uint64_t random) {
  const int64_t pid = getpid();
  return absl::StrFormat("%s#%s-%s-%d-%s-%016x", node_name, BootId(), PidSpace(), pid,
                         StartTime(pid), random);
}

std::string NodeNameOf(absl::string_view incarnation) {
  return std::string(incarnation.substr(0, incarnation.rfind('#')));
}

bool HasEnded(const std::string& incarnation) {
  const size_t mark = incarnation.rfind('#');
  if (mark == std::string::npos) return false;
  const std::vector<std::string> parts = absl::StrSplit(incarnation.substr(mark + 1), '-');
  int64_t pid = 0;
  if (parts.size() != 5 || !absl::SimpleAtoi(parts[2], &pid) || parts[3].empty()) return false;
  const std::string boot = BootId(), space = PidSpace();
  if (boot.empty() || space.empty() || parts[0] != boot || parts[1] != space) return false;
  return StartTime(pid) != parts[3];
}

}  // namespace pawl::runtime
