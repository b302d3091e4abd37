#include "engine/value/payload.h"

#include <limits>
#include <utility>

#include "absl/base/call_once.h"

namespace pawl {
namespace {

// What was accepted once stays readable when a limit is lowered. The depth bounds the recursion of
// whoever walks the value.
JsonLimits TrustedLimits() {
  JsonLimits limits;
  limits.max_depth = 10'000;
  limits.max_bytes = std::numeric_limits<size_t>::max();
  return limits;
}

}  // namespace

struct Payload::Node {
  explicit Node(Value v) : has_value(true), value(std::move(v)) {}
  explicit Node(std::string t) : has_text(true), text(std::move(t)) {}
  Node(std::string t, Value v)
      : has_text(true), has_value(true), text(std::move(t)), value(std::move(v)) {}

  const bool has_text = false;  // from the beginning; otherwise made once, by text_once
  const bool has_value = false;
  mutable absl::once_flag text_once;
  mutable absl::once_flag value_once;
  mutable std::string text;
  mutable Value value;
};

Payload Payload::FromValue(Value value) {
  Payload p;
  p.node_ = std::make_shared<const Node>(std::move(value));
  return p;
}

Payload Payload::FromTrustedText(std::string text) {
  Payload p;
  p.node_ = std::make_shared<const Node>(std::move(text));
  return p;
}

absl::StatusOr<Payload> Payload::FromText(std::string text, const JsonLimits& limits) {
  absl::StatusOr<Value> value = ParseJson(text, limits);
  if (!value.ok()) return value.status();
  Payload p;
  p.node_ = std::make_shared<const Node>(std::move(text), *std::move(value));
  return p;
}

size_t Payload::held_bytes() const {
  if (node_ == nullptr) return 0;
  return node_->has_text ? node_->text.size() : node_->value.weight();
}

const Value& Payload::value() const {
  static const Value* const kNull = new Value();
  if (node_ == nullptr) return *kNull;
  const Node& node = *node_;
  if (!node.has_value) {
    absl::call_once(node.value_once, [&node] {
      absl::StatusOr<Value> value = ParseJson(node.text, TrustedLimits());
      if (value.ok()) node.value = *std::move(value);
    });
  }
  return node.value;
}

const std::string& Payload::text() const {
  static const std::string* const kEmpty = new std::string();
  if (node_ == nullptr) return *kEmpty;
  const Node& node = *node_;
  if (!node.has_text) {
    absl::call_once(node.text_once, [&node] { AppendJson(node.value, &node.text); });
  }
  return node.text;
}

}  // namespace pawl
