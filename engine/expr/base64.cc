#include "engine/expr/base64.h"

#include <cstdint>

namespace pawl::expr {
namespace {

// The six bits that `c` stands for, or -1.
int Sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

std::string Base64DecodeLenient(absl::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  uint32_t bits = 0;
  int count = 0;  // of bits not yet written
  for (char c : text) {
    if (c == '=') break;
    const int sextet = Sextet(c);
    if (sextet < 0) continue;
    bits = (bits << 6) | static_cast<uint32_t>(sextet);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xFF));
  }
  return out;
}

}  // namespace pawl::expr
