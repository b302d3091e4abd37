#include "engine/auth/glob.h"

#include "absl/strings/ascii.h"

namespace pawl::auth {
namespace {

constexpr size_t kWordBits = 64;

void Set(size_t position, uint64_t* bits) {
  bits[position / kWordBits] |= uint64_t{1} << (position % kWordBits);
}

bool IsSet(size_t position, const std::vector<uint64_t>& bits) {
  return (bits[position / kWordBits] >> (position % kWordBits) & 1) != 0;
}

// The bytes of a character after its first one.
bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

}  // namespace

Glob::Glob(absl::string_view pattern, Case letters) : folds_(letters == Case::kInsensitive) {
  for (const char c : pattern) {
    if (c == '*' && !pattern_.empty() && pattern_.back() == '*') continue;
    pattern_.push_back(folds_ ? absl::ascii_tolower(static_cast<unsigned char>(c)) : c);
  }
  is_literal_ = pattern_.find_first_of("*?") == std::string::npos;
  if (is_literal_ || pattern_ == "*") return;
  words_ = pattern_.size() / kWordBits + 1;
  takes_.resize(256 * words_);
  stars_.resize(words_);
  after_question_.resize(words_);
  for (size_t i = 0; i < pattern_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(pattern_[i]);
    if (byte == '*') {
      Set(i, stars_.data());
    } else if (byte == '?') {
      for (int any = 0; any < 256; ++any) {
        if (!IsContinuation(static_cast<unsigned char>(any))) Set(i, &takes_[any * words_]);
      }
      Set(i + 1, after_question_.data());
    } else {
      Set(i, &takes_[byte * words_]);
    }
  }
}

// `reached` holds the positions of the pattern that the text read so far leads to.
void Glob::Step(unsigned char byte, Bits* reached) const {
  const uint64_t* const takes = &takes_[byte * words_];
  uint64_t carry = 0;
  uint64_t star_carry = 0;
  for (size_t i = 0; i < words_; ++i) {
    const uint64_t before = (*reached)[i];
    const uint64_t moved = before & takes[i];
    uint64_t now = moved << 1 | carry | (before & stars_[i]);
    // A '?' has taken the first byte of a character: the others belong to it.
    if (IsContinuation(byte)) now |= before & after_question_[i];
    carry = moved >> (kWordBits - 1);
    // A '*' may take nothing. No two of them follow each other.
    now |= star_carry;
    const uint64_t starred = now & stars_[i];
    now |= starred << 1;
    star_carry = starred >> (kWordBits - 1);
    (*reached)[i] = now;
  }
}

bool Glob::Matches(absl::string_view text) const {
  if (pattern_ == "*") return true;
  if (is_literal_) return folds_ ? absl::AsciiStrToLower(text) == pattern_ : text == pattern_;
  Bits reached(words_);
  Set(0, reached.data());
  if (pattern_[0] == '*') Set(1, reached.data());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    Step(folds_ ? static_cast<unsigned char>(absl::ascii_tolower(byte)) : byte, &reached);
  }
  return IsSet(pattern_.size(), reached);
}

}  // namespace pawl::auth
