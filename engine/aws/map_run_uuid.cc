#include "engine/aws/map_run_uuid.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace pawl::aws {
namespace {

constexpr int kBits = 122;  // of a UUID beside its version and variant

// The payload bits of a UUID, most significant first, with version and variant left out.
class Bits {
 public:
  void Append(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) bits_[at_++] = (value >> i) & 1;
  }
  uint64_t Take(int width) {
    uint64_t value = 0;
    for (int i = 0; i < width; ++i) value = (value << 1) | (bits_[at_++] ? 1 : 0);
    return value;
  }
  void Rewind() { at_ = 0; }

 private:
  std::array<bool, kBits> bits_{};
  size_t at_ = 0;
};

// RFC 9562: four bits of version after 48 bits, two bits of variant after 64.
std::string ToUuid(Bits bits, unsigned version) {
  const uint64_t high48 = bits.Take(48), mid12 = bits.Take(12), low62 = bits.Take(62);
  const uint64_t high = (high48 << 16) | (uint64_t{version} << 12) | mid12;
  const uint64_t low = (uint64_t{2} << 62) | low62;
  const std::string h = absl::StrCat(absl::Hex(high, absl::kZeroPad16));
  const std::string l = absl::StrCat(absl::Hex(low, absl::kZeroPad16));
  return absl::StrCat(h.substr(0, 8), "-", h.substr(8, 4), "-", h.substr(12, 4), "-",
                      l.substr(0, 4), "-", l.substr(4, 12));
}

uint64_t HexDigit(char c) {
  return static_cast<uint64_t>(absl::ascii_isdigit(static_cast<unsigned char>(c)) ? c - '0'
                                                                                  : c - 'a' + 10);
}

}  // namespace

std::string MapRunUuid(const MapRunId& id) {
  Bits bits;
  bits.Append(id.slot, 12);
  bits.Append(id.execution_id >> 32, 24);
  bits.Append(id.execution_id, 32);
  bits.Append(static_cast<uint64_t>(id.ordinal), 22);
  bits.Append(static_cast<uint64_t>(id.index), 32);
  bits.Rewind();
  return ToUuid(bits, 8);
}

absl::optional<MapRunId> ParseMapRunUuid(absl::string_view uuid) {
  if (uuid.size() != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' ||
      uuid[23] != '-' || uuid[14] != '8') {
    return absl::nullopt;
  }
  uint64_t words[2] = {0, 0};
  int digits = 0;
  for (const char c : uuid) {
    if (c == '-') continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c)) ||
        absl::ascii_isupper(static_cast<unsigned char>(c))) {
      return absl::nullopt;
    }
    words[digits / 16] = (words[digits / 16] << 4) | HexDigit(c);
    if (++digits == 32) break;
  }
  if (digits != 32 || (words[1] >> 62) != 2) return absl::nullopt;
  Bits bits;
  bits.Append(words[0] >> 16, 48);
  bits.Append(words[0], 12);
  bits.Append(words[1], 62);
  bits.Rewind();
  MapRunId id;
  id.slot = static_cast<uint32_t>(bits.Take(12));
  id.execution_id = bits.Take(24) << 32;
  id.execution_id |= bits.Take(32);
  id.ordinal = static_cast<int64_t>(bits.Take(22));
  id.index = static_cast<int64_t>(bits.Take(32));
  return id;
}

std::string UuidOfDigest(absl::string_view hex) {
  Bits bits;
  for (size_t i = 0; i < 30; ++i) bits.Append(HexDigit(hex[i]), 4);
  bits.Append(0, 2);
  bits.Rewind();
  return ToUuid(bits, 8);
}

}  // namespace pawl::aws
