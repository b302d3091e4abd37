// Which children of a Map Run have ended without success, and how each of them did: two bits a
// child, so that the marks of a million children take 250 KB and those of a run without failures
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/core/execution_status.h"

namespace pawl::core {

// A value.
class ChildMarks {
 public:
  static constexpr int64_t kNone = -1;

  // `status` is kFailed, kTimedOut or kAborted.
  void Set(int64_t index, ExecutionStatus status);
  // The mark of a child that has none is kSucceeded.
  ExecutionStatus Take(int64_t index);
  bool Has(int64_t index) const { return Mark(index) != 0; }
  // The first marked child from `index` on; kNone where there is none.
  int64_t Next(int64_t index) const;
  bool IsEmpty() const { return Next(0) == kNone; }
  // Moves the marks of `other`, whose children have none here.
  void Add(ChildMarks&& other);
  size_t held_bytes() const { return words_.size() * sizeof(uint64_t); }

  // As stored (storage.proto, MapRun.unsuccessful).
  std::string Encode() const;
  static ChildMarks Decode(absl::string_view bytes);

 private:
  static constexpr int64_t kPerWord = 32;

  uint64_t Mark(int64_t index) const;

  std::vector<uint64_t> words_;
};

}  // namespace pawl::core
