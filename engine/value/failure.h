// A failure is data of the language (an ASL error name and a cause), not an error of the engine.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "absl/types/optional.h"

namespace pawl {

struct Failure {
  std::string error;                  // e.g. "States.Runtime"
  absl::optional<std::string> cause;  // absent where AWS leaves the key out
  // The field whose JSONata failed, as AWS names it ("Output/result").
  absl::optional<std::string> location = absl::nullopt;
};

// Either a T or a Failure. Ask ok() first; the accessors throw std::bad_variant_access otherwise.
template <typename T>
class [[nodiscard]] OrFailure {
 public:
  OrFailure(T value) : held_(std::in_place_index<0>, std::move(value)) {}            // NOLINT
  OrFailure(Failure failure) : held_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT

  bool ok() const { return held_.index() == 0; }
  const T& value() const& { return std::get<0>(held_); }
  T&& value() && { return std::get<0>(std::move(held_)); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  const Failure& failure() const { return std::get<1>(held_); }

 private:
  std::variant<T, Failure> held_;
};

}  // namespace pawl
