// JSON values as the engine sees them: immutable, shared, cheap to copy.
//
//   Value order = Value::Object({{"id", Value::Int(7)}, {"tags",
//   Value::Array({Value::String("a")})}}); if (const Value* id = order.Find("id"); id != nullptr &&
//   id->is_number()) Use(id->AsDouble());
//
// A Value is a handle of 16 bytes. Containers and strings are reference counted and never change
// once built, so a value may be read from any number of threads, and taking a part of a large
// document costs one reference count. Object members keep the order in which they were given.
//
// Numbers are IEEE doubles or 64-bit integers. A number whose text neither of the two reproduces
// (more digits than a double holds, "1.50") keeps that text, so that what a user sends and no state
// touches comes out as it went in.
//
// Depth is known in O(1) (see depth()); the parser refuses text deeper than its limit, and whoever
// builds values in a loop checks depth() against the same limit. That bounds the recursion of every
// function that walks a value, destruction included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl {

class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kInt, kDouble, kBigNumber, kString, kArray, kObject };

  using Elements = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Members = std::vector<Member>;

  Value() noexcept = default;  // null
  Value(const Value& other) noexcept : kind_(other.kind_), bits_(other.bits_) {
    if (has_node()) Retain();
  }
  Value(Value&& other) noexcept : kind_(other.kind_), bits_(other.bits_) {
    other.kind_ = Kind::kNull;
  }
  Value& operator=(const Value& other) noexcept { return *this = Value(other); }
  Value& operator=(Value&& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~Value() {
    if (has_node()) Release();
  }

  static Value Null() { return Value(); }
  static Value Bool(bool b);
  static Value Int(int64_t n);
  // `d` must be finite (a CHECK). A double with an integral value stays a double ("2.0" in text).
  static Value Double(double d);
  // A number given as valid JSON number text. Becomes kInt or kDouble where that reproduces the
  // text.
  static Value NumberFromText(absl::string_view text);
  static Value String(absl::string_view s);
  static Value String(const char* s) { return String(absl::string_view(s)); }
  static Value String(std::string&& s);
  static Value Array(Elements elements);
  // Where a key occurs twice the last one wins and keeps the place of the first.
  static Value Object(Members members);
  static Value EmptyObject();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const {
    return kind_ == Kind::kInt || kind_ == Kind::kDouble || kind_ == Kind::kBigNumber;
  }
  bool is_int() const { return kind_ == Kind::kInt; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // Accessors CHECK the kind: ask first.
  bool AsBool() const;
  double AsDouble() const;  // any number; beyond the range of double the largest finite one
  // True, with the value in *n, for a number that is mathematically an integer in int64 range.
  bool ToInt64(int64_t* n) const;
  const std::string& AsString() const;
  const Elements& AsArray() const;
  const Members& AsObject() const;

  // The member `key` of an object, or nullptr where it is missing or this is no object.
  // O(1) for objects of more than eight members.
  const Value* Find(absl::string_view key) const;

  // 0 for scalars, 1 for an empty container, otherwise 1 + the deepest child's.
  uint32_t depth() const;

  // Roughly the bytes of the JSON text, in O(1). What is shared counts as often as it occurs, so
  // whoever builds values from parts sees a value that would explode in text before it is written.
  uint64_t weight() const;

  // Mathematical equality of numbers (1 == 1.0), order of members does not matter. Where a double
  // meets a number that kept its text, both are compared as doubles (0.1 == 0.10).
  friend bool operator==(const Value& a, const Value& b);
  friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }

 private:
  friend void AppendJson(const Value& value, std::string* out);

  struct Node;
  struct StringNode;
  struct NumberNode;
  struct ArrayNode;
  struct ObjectNode;

  Value(Kind kind, uint64_t bits) noexcept : kind_(kind), bits_(bits) {}
  Value(Kind kind, Node* node) noexcept;

  bool has_node() const { return kind_ >= Kind::kBigNumber; }
  Node* node() const;
  void Retain() const noexcept;
  void Release() noexcept;
  int64_t RawInt() const;
  double RawDouble() const;
  const std::string& NumberText() const;  // of a kBigNumber
  static bool NumbersEqual(const Value& a, const Value& b);

  Kind kind_ = Kind::kNull;
  uint64_t bits_ = 0;  // the bool, the int64, the double or the address of the node, by kind_
};

// "null", "boolean", "number", "string", "array", "object": for messages.
absl::string_view KindName(const Value& value);

}  // namespace pawl
