#include "cli/names.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

std::vector<std::string> ArnParts(absl::string_view text) {
  if (!absl::StartsWith(text, "arn:")) return {};
  return absl::StrSplit(text, ':');
}

}  // namespace

std::string ShortExecution(absl::string_view arn) {
  const std::vector<std::string> parts = ArnParts(arn);
  if (parts.size() == 9 && parts[5] == "express") {
    return absl::StrCat(parts[6], "/", parts[7], ":", parts[8]);
  }
  if (parts.size() != 8 || parts[5] != "execution") return std::string(arn);
  return absl::StrCat(parts[6], "/", parts[7]);
}

std::string ShortMachine(absl::string_view arn) {
  const std::vector<std::string> parts = ArnParts(arn);
  if (parts.size() >= 7) return parts[6];
  return std::string(arn.substr(0, arn.find_first_of("/:")));
}

std::string PlainMachine(absl::string_view machine) {
  std::vector<std::string> parts = ArnParts(machine);
  if (parts.size() < 7) return ShortMachine(machine);
  parts.resize(7);
  return absl::StrJoin(parts, ":");
}

absl::Status CheckExecution(const std::string& text) {
  const std::vector<std::string> parts = ArnParts(text);
  if (parts.size() == 8 && parts[5] == "execution") return absl::OkStatus();
  if (parts.size() == 9 && parts[5] == "express") return absl::OkStatus();
  if (parts.empty() && absl::StrContains(text, '/')) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text,
      "' names no execution: expected MACHINE/NAME, as `pawl list` shows it, or an ARN"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "re");
  const auto cannot = [&] {
    char buffer[128] = "";
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path, ": ", strerror_r(errno, buffer, sizeof(buffer))));
  };
  if (file == nullptr) return cannot();
  std::string text;
  char buffer[64 * 1024];
  size_t n = 0;
  while ((n = std::fread(buffer, 1, sizeof(buffer), file)) > 0) text.append(buffer, n);
  const bool failed = std::ferror(file) != 0;
  if (failed) return cannot();
  if (file != stdin) std::fclose(file);
  return text;
}

absl::StatusOr<std::string> ReadInput(const std::string& source, const char* what) {
  const bool is_json = !source.empty() &&
                       (absl::StrContains("{[\"", source.substr(0, 1)) || std::isdigit(source[0]));
  absl::StatusOr<std::string> text = is_json ? source : ReadFile(source);
  if (!text.ok()) return text;
  const absl::StatusOr<Value> value = ParseJson(*text);
  if (value.ok()) return text;
  return absl::InvalidArgumentError(
      absl::StrCat("the ", what,
                   is_json         ? ""
                   : source == "-" ? " on standard input"
                                   : absl::StrCat(" in ", source),
                   " is not JSON: ", std::string(value.status().message())));
}

std::string NameFromPath(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  for (const char* ending : {".json", ".yaml", ".yml"}) {
    if (absl::ConsumeSuffix(&path, ending)) break;
  }
  absl::ConsumeSuffix(&path, ".asl");
  return std::string(path);
}

std::string NewUuid() {
  std::random_device device;
  uint32_t word[4];
  for (uint32_t& w : word) w = device();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", word[0], word[1] >> 16, word[1] & 0xFFF,
                         0x8000U | (word[2] >> 16 & 0x3FFFU), word[2] & 0xFFFFU, word[3]);
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return timestamp;
}

std::string FormatSpan(absl::Duration span) {
  if (span < absl::ZeroDuration()) return absl::StrCat("-", FormatSpan(-span));
  if (span < absl::Seconds(1)) return absl::StrFormat("%.3fs", absl::ToDoubleSeconds(span));
  if (span < absl::Seconds(60)) {
    return absl::StrFormat("%.1fs", std::floor(absl::ToDoubleSeconds(span) * 10) / 10);
  }
  const int64_t seconds = absl::ToInt64Seconds(span);
  if (seconds < 3600) return absl::StrCat(seconds / 60, "m ", seconds % 60, "s");
  if (seconds < 86400) return absl::StrCat(seconds / 3600, "h ", seconds % 3600 / 60, "m");
  return absl::StrCat(seconds / 86400, "d ", seconds % 86400 / 3600, "h");
}

std::string FormatAgo(absl::Time time, absl::Time now) {
  const absl::Duration span = now >= time ? now - time : time - now;
  if (span < absl::Seconds(1)) return now >= time ? "just now" : "now";
  const std::string text =
      span < absl::Minutes(1) ? absl::StrCat(absl::ToInt64Seconds(span), "s") : FormatSpan(span);
  return now >= time ? absl::StrCat(text, " ago") : absl::StrCat("in ", text);
}

std::string FormatLocal(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", time, absl::LocalTimeZone());
}

const char* StatusName(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_RUNNING:
      return "RUNNING";
    case v1::EXECUTION_STATUS_SUCCEEDED:
      return "SUCCEEDED";
    case v1::EXECUTION_STATUS_FAILED:
      return "FAILED";
    case v1::EXECUTION_STATUS_TIMED_OUT:
      return "TIMED_OUT";
    case v1::EXECUTION_STATUS_ABORTED:
      return "ABORTED";
    default:
      return "UNKNOWN";
  }
}

Style StatusStyle(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_RUNNING:
      return Style::kRunning;
    case v1::EXECUTION_STATUS_SUCCEEDED:
      return Style::kGood;
    case v1::EXECUTION_STATUS_ABORTED:
      return Style::kWarn;
    case v1::EXECUTION_STATUS_FAILED:
    case v1::EXECUTION_STATUS_TIMED_OUT:
      return Style::kBad;
    default:
      return Style::kPlain;
  }
}

const char* StatusMark(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_RUNNING:
      return "▶";
    case v1::EXECUTION_STATUS_SUCCEEDED:
      return "✔";
    case v1::EXECUTION_STATUS_ABORTED:
      return "■";
    default:
      return "✘";
  }
}

bool IsClosed(v1::ExecutionStatus status) { return status != v1::EXECUTION_STATUS_RUNNING; }

}  // namespace pawl::cli
