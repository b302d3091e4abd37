#include "engine/core/child_marks.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/bits.h"
#include "engine/value/check.h"

namespace pawl::core {
namespace {

constexpr uint64_t kMark = 3;

}  // namespace

uint64_t ChildMarks::Mark(int64_t index) const {
  const auto word = static_cast<size_t>(index / kPerWord);
  if (word >= words_.size()) return 0;
  return words_[word] >> (2 * (index % kPerWord)) & kMark;
}

void ChildMarks::Set(int64_t index, ExecutionStatus status) {
  const int mark = static_cast<int>(status) - static_cast<int>(ExecutionStatus::kSucceeded);
  PAWL_CHECK(mark >= 1 && mark <= 3);
  const auto word = static_cast<size_t>(index / kPerWord);
  if (word >= words_.size()) words_.resize(word + 1);
  const auto shift = 2 * (index % kPerWord);
  words_[word] = (words_[word] & ~(kMark << shift)) | static_cast<uint64_t>(mark) << shift;
}

ExecutionStatus ChildMarks::Take(int64_t index) {
  const uint64_t mark = Mark(index);
  if (mark == 0) return ExecutionStatus::kSucceeded;
  words_[static_cast<size_t>(index / kPerWord)] &= ~(kMark << (2 * (index % kPerWord)));
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
  return static_cast<ExecutionStatus>(static_cast<int>(ExecutionStatus::kSucceeded) +
                                      static_cast<int>(mark));
}

int64_t ChildMarks::Next(int64_t index) const {
  auto word = static_cast<size_t>(index / kPerWord);
  if (word >= words_.size()) return kNone;
  uint64_t rest = words_[word] >> (2 * (index % kPerWord)) << (2 * (index % kPerWord));
  while (rest == 0) {
    if (++word == words_.size()) return kNone;
    rest = words_[word];
  }
  return static_cast<int64_t>(word) * kPerWord + absl::countr_zero(rest) / 2;
}

void ChildMarks::Add(ChildMarks&& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  other.words_.clear();
}

std::string ChildMarks::Encode() const {
  std::string bytes;
  bytes.reserve(words_.size() * sizeof(uint64_t));
  for (const uint64_t word : words_) {
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(word >> shift));
  }
  while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
  return bytes;
}

ChildMarks ChildMarks::Decode(absl::string_view bytes) {
  ChildMarks marks;
  marks.words_.resize((bytes.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  for (size_t i = 0; i < bytes.size(); ++i) {
    marks.words_[i / sizeof(uint64_t)] |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i]))
                                          << (8 * (i % sizeof(uint64_t)));
  }
  while (!marks.words_.empty() && marks.words_.back() == 0) marks.words_.pop_back();
  return marks;
}

}  // namespace pawl::core
