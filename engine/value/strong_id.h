// Numbers that name things: a type for each kind, so that an event's id is not taken for a frame's,
// nor for a count.
//
//   using EventId = StrongId<struct EventIdTag, int64_t>;
//   EventId id(7);
//   id.Next();   // 8
//   id.value();  // the plain number: for SQL, messages of protobuf, and text
//
// As small and as fast as the number itself. Two ids of one kind compare as their numbers do; there
// is no arithmetic beyond Next().
#pragma once

#include <compare>
#include <ostream>
#include <utility>

namespace pawl {

// `Tag` is never defined; it only tells the kinds apart.
template <typename Tag, typename Number>
class StrongId {
 public:
  constexpr StrongId() = default;  // 0
  constexpr explicit StrongId(Number value) : value_(value) {}

  constexpr Number value() const { return value_; }
  constexpr StrongId Next() const { return StrongId(value_ + 1); }

  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, StrongId id) {
    return H::combine(std::move(h), id.value_);
  }
  // For tests.
  friend std::ostream& operator<<(std::ostream& out, StrongId id) { return out << id.value_; }

 private:
  Number value_ = 0;
};

}  // namespace pawl
