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
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

class Item;
struct Function;
struct List;
struct Record;
struct Tuple;

// A counted reference to a List, Record or Tuple.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* node) : node_(node) { ++node_->references; }
  Ref(const Ref& other) : node_(other.node_) {
    if (node_ != nullptr) ++node_->references;
  }
  Ref(Ref&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Ref() {
    if (node_ != nullptr && --node_->references == 0) delete node_;
  }
  T* get() const { return node_; }
  T* operator->() const { return node_; }
  T& operator*() const { return *node_; }

 private:
  T* node_ = nullptr;
};

// Infinity or not-a-number: 1/0.
struct NonFinite {
  double number;
};

class Item {
 public:
  Item() = default;                                       // undefined
  Item(Value value) : held_(std::move(value)) {}          // NOLINT
  Item(Ref<List> list) : held_(std::move(list)) {}        // NOLINT
  Item(Ref<Record> record) : held_(std::move(record)) {}  // NOLINT
  Item(Ref<Tuple> tuple) : held_(std::move(tuple)) {}     // NOLINT
  Item(const Function* function) : held_(function) {}     // NOLINT
  static Item Number(double number);
  static Item Bool(bool b) { return Item(Value::Bool(b)); }
  static Item String(absl::string_view text) { return Item(Value::String(text)); }
  static Item String(const char* text) { return String(absl::string_view(text)); }
  static Item String(std::string&& text) { return Item(Value::String(std::move(text))); }

  bool is_undefined() const { return std::holds_alternative<std::monostate>(held_); }
  // The JSON value, or nullptr where this is none (yet).
  const Value* value() const { return std::get_if<Value>(&held_); }
  List* list() const { return Node<List>(); }
  Record* record() const { return Node<Record>(); }
  Tuple* tuple() const { return Node<Tuple>(); }
  const Function* function() const {
    const auto* held = std::get_if<const Function*>(&held_);
    return held == nullptr ? nullptr : *held;
  }

  bool is_null() const { return value() != nullptr && value()->is_null(); }
  bool is_bool() const { return value() != nullptr && value()->is_bool(); }
  bool is_true() const { return is_bool() && value()->AsBool(); }
  bool is_string() const { return value() != nullptr && value()->is_string(); }
  bool is_number() const {
    return value() != nullptr ? value()->is_number() : std::holds_alternative<NonFinite>(held_);
  }
  bool is_array() const { return value() != nullptr ? value()->is_array() : list() != nullptr; }
  bool is_object() const { return value() != nullptr ? value()->is_object() : record() != nullptr; }
  bool is_sequence() const;

  // Ask for the kind first.
  const std::string& AsString() const { return value()->AsString(); }
  double AsNumber() const;

  // Nesting, as Value::depth().
  uint32_t depth() const;

 private:
  template <typename T>
  T* Node() const {
    const auto* held = std::get_if<Ref<T>>(&held_);
    return held == nullptr ? nullptr : held->get();
  }

  std::variant<std::monostate, Value, NonFinite, Ref<List>, Ref<Record>, Ref<Tuple>,
               const Function*>
      held_;
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
  Item operator[](size_t i) const {
    return values_ != nullptr ? Item((*values_)[i]) : list_ != nullptr ? list_->items[i] : item_;
  }

 private:
  const Item& item_;
  const Value::Elements* values_;
  const List* list_;
};

}  // namespace pawl::expr::jsonata
