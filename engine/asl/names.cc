#include "engine/asl/names.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace pawl::asl {
namespace {

constexpr size_t kMaxVariableName = 80;

bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

}  // namespace

size_t CodePoints(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool IsVariableName(absl::string_view name) {
  if (name.empty() || CodePoints(name) > kMaxVariableName || !IsLetter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return IsLetter(c) || absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace pawl::asl
