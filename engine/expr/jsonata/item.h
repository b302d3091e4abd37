// What an expression computes with: a JSON value, or what JSON has no word for (undefined, a
// sequence, a function, infinity).
//
// Values are shared, not copied. Lists and records are made by the evaluation, counted without
// atomics and die with it at the latest: no Item leaves Program::Evaluate. Functions belong to the
// Workspace (workspace.h). Thread-compatible.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

class Item;
struct Function;
struct List;
struct Record;
struct Tuple;

// A counted reference to a List, Record or Tuple under construction.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* node) : node_(node) { ++node_->references; }
  Ref(const Ref& other) = delete;
  Ref& operator=(const Ref& other) = delete;
  Ref(Ref&& other) noexcept : node_(other.Detach()) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Ref() {
    if (node_ != nullptr && --node_->references == 0) delete node_;
  }
  T* get() const { return node_; }
  T* operator->() const { return node_; }
  T& operator*() const { return *node_; }
  // Hands over the count.
  T* Detach() { return std::exchange(node_, nullptr); }

 private:
  T* node_ = nullptr;
};

class Item {
 public:
  Item() = default;                                                                    // undefined
  Item(Value value) noexcept : kind_(Kind::kValue), value_(std::move(value)) {}        // NOLINT
  Item(Ref<List> list) noexcept : kind_(Kind::kList) { other_.list = list.Detach(); }  // NOLINT
  Item(Ref<Record> record) noexcept : kind_(Kind::kRecord) {                           // NOLINT
    other_.record = record.Detach();
  }
  Item(Ref<Tuple> tuple) noexcept : kind_(Kind::kTuple) {  // NOLINT
    other_.tuple = tuple.Detach();
  }
  Item(const Function* function) noexcept : kind_(Kind::kFunction) {  // NOLINT
    other_.function = function;
  }
  Item(const Item& other) noexcept
      : kind_(other.kind_), value_(other.value_), other_(other.other_) {
    if (kind_ >= Kind::kList) Retain();
  }
  Item(Item&& other) noexcept
      : kind_(std::exchange(other.kind_, Kind::kUndefined)),
        value_(std::move(other.value_)),
        other_(other.other_) {}
  Item& operator=(const Item& other) noexcept { return *this = Item(other); }
  Item& operator=(Item&& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(value_, other.value_);
    std::swap(other_, other.other_);
    return *this;
  }
  ~Item() {
    if (kind_ >= Kind::kList) Release();
  }

  static Item Number(double number);
  static Item Bool(bool b) { return Item(Value::Bool(b)); }
  static Item String(absl::string_view text) { return Item(Value::String(text)); }
  static Item String(const char* text) { return String(absl::string_view(text)); }
  static Item String(std::string&& text) { return Item(Value::String(std::move(text))); }

  bool is_undefined() const { return kind_ == Kind::kUndefined; }
  // The JSON value, or nullptr where this is none (yet).
  const Value* value() const { return kind_ == Kind::kValue ? &value_ : nullptr; }
  List* list() const { return kind_ == Kind::kList ? other_.list : nullptr; }
  Record* record() const { return kind_ == Kind::kRecord ? other_.record : nullptr; }
  Tuple* tuple() const { return kind_ == Kind::kTuple ? other_.tuple : nullptr; }
  const Function* function() const { return kind_ == Kind::kFunction ? other_.function : nullptr; }

  bool is_null() const { return value() != nullptr && value_.is_null(); }
  bool is_bool() const { return value() != nullptr && value_.is_bool(); }
  bool is_true() const { return is_bool() && value_.AsBool(); }
  bool is_string() const { return value() != nullptr && value_.is_string(); }
  bool is_number() const {
    return value() != nullptr ? value_.is_number() : kind_ == Kind::kNonFinite;
  }
  bool is_array() const { return value() != nullptr ? value_.is_array() : kind_ == Kind::kList; }
  bool is_object() const {
    return value() != nullptr ? value_.is_object() : kind_ == Kind::kRecord;
  }
  bool is_sequence() const;

  // Ask for the kind first.
  const std::string& AsString() const { return value_.AsString(); }
  double AsNumber() const { return kind_ == Kind::kValue ? value_.AsDouble() : other_.number; }

  // Nesting, as Value::depth().
  uint32_t depth() const;

 private:
  // kNonFinite is infinity or not-a-number: 1/0. From kList on there is something to count.
  enum class Kind : uint8_t { kUndefined, kNonFinite, kFunction, kValue, kList, kRecord, kTuple };
  union Other {
    double number = 0;
    const Function* function;
    List* list;
    Record* record;
    Tuple* tuple;
  };

  void Retain();
  void Release();

  Kind kind_ = Kind::kUndefined;
  Value value_;  // of a kValue, otherwise null
  Other other_;
};

// An array being computed. Elements are added through the Workspace, which counts them.
struct List {
  uint32_t references = 0;
  uint32_t depth = 1;
  bool sequence = false;        // flattens into what it is put in; alone, one element stands for it
  bool keep_singleton = false;  // ... but not this one ("[]")
  bool cons = false;            // an array constructor in a path: does not flatten
  bool outer = false;           // the wrapper around an array that is the input as a whole
  bool tuples = false;          // elements are Tuples
  std::vector<Item> items;
};

// An object some of whose members are no JSON values, or one that a transform changes.
struct Record {
  uint32_t references = 0;
  uint32_t depth = 1;
  std::vector<std::pair<std::string, Item>> members;

  Item* Find(absl::string_view key);
};

// A step's result with the variables that "@", "#" and "%" bound on the way to it.
struct Tuple {
  uint32_t references = 0;
  Item item;
  std::vector<std::pair<uint32_t, Item>> bindings;

  void Bind(uint32_t symbol, Item value);
};

// Reads an array, or any other item as the array of that one item. The item must outlive it.
class Elements {
 public:
  explicit Elements(const Item& item)
      : item_(item),
        values_(item.value() != nullptr && item.value()->is_array() ? &item.value()->AsArray()
                                                                    : nullptr),
        list_(item.list()) {}
  size_t size() const {
    return values_ != nullptr ? values_->size() : list_ != nullptr ? list_->items.size() : 1;
  }
  bool empty() const { return size() == 0; }
  // The JSON value of an element without a copy; nullptr where it is none.
  const Value* value(size_t i) const {
    return values_ != nullptr ? &(*values_)[i]
           : list_ != nullptr ? list_->items[i].value()
                              : item_.value();
  }
  Item operator[](size_t i) const {
    return values_ != nullptr ? Item((*values_)[i]) : list_ != nullptr ? list_->items[i] : item_;
  }

 private:
  const Item& item_;
  const Value::Elements* values_;
  const List* list_;
};

inline bool Item::is_sequence() const { return kind_ == Kind::kList && other_.list->sequence; }

}  // namespace pawl::expr::jsonata
