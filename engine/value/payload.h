// A payload is the JSON text of a value together with the value itself: what enters and leaves
// states and tasks, and what history events repeat.
//
// Immutable, shared, thread-safe. The text is made at most once and the value parsed at most once,
// each when first asked for, so an execution that is folded from its history parses only what a
// later transition reads.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/value/json.h"
#include "engine/value/value.h"

namespace pawl {

class Payload {
 public:
  Payload() = default;  // absent; distinct from a payload that holds null
  static Payload FromValue(Value value);
  // For text that a store or the parser has already accepted; invalid text reads as null.
  static Payload FromTrustedText(std::string text);
  // For text from outside. Errors as ParseJson.
  static absl::StatusOr<Payload> FromText(std::string text, const JsonLimits& limits = {});

  bool has_value() const { return node_ != nullptr; }
  explicit operator bool() const { return has_value(); }

  const Value& value() const;       // of an absent payload: null
  const std::string& text() const;  // of an absent payload: ""
  size_t size_bytes() const { return text().size(); }
  // About the bytes that this holds in memory, without making what is not there yet: the text's
  // size, or the value's weight while there is no text. 0 where absent.
  size_t held_bytes() const;

  // Whether both are the same object (not merely equal): the event encoder stores such a payload
  // once.
  bool SharesWith(const Payload& other) const { return node_ == other.node_; }
  const void* identity() const { return node_.get(); }

 private:
  struct Node;
  std::shared_ptr<const Node> node_;
};

}  // namespace pawl
