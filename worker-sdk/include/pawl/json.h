// Structs to JSON and back, for typed handlers. A thin layer: no reflection, no registry.
//
//   struct Order { int64_t id; double amount; std::optional<std::string> note; };
//   PAWL_FIELDS(Order, id, amount, note)          // at namespace scope, where Order is
//
// Known are bool, integers, floating point, std::string, std::optional, std::vector, std::map with
// string keys, RawJson, structs with PAWL_FIELDS, and every type T for which its namespace has
//
//   void FromJson(const pawl::JsonReader& in, T* out);
//   void ToJson(const T& value, pawl::JsonWriter* out);
//
// A field that is missing is an error unless it is an optional (null and missing are both nullopt).
// Fields that the struct does not have are skipped. An optional without a value is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace pawl {

// A part of a document that is passed through as it is.
struct RawJson {
  std::string text = "null";
};

// A place in a JSON document. Reads record the first thing that does not fit, with its path; nobody
// needs to check on the way. Valid while the reader it was taken from is. Thread-compatible.
class JsonReader {
 public:
  // Parses `text` and calls `read` with its root. InvalidArgument names the field:
  // "$.items[2].amount: expected a number, got a string".
  template <typename T>
  static absl::Status Parse(const std::string& text, T* out);

  void Read(bool* out) const;
  void Read(int64_t* out) const;
  void Read(double* out) const;
  void Read(std::string* out) const;
  void Read(RawJson* out) const;

  bool is_missing() const { return value_ == nullptr; }
  bool is_null() const;
  // False, and recorded, if this is not an object (array).
  bool ExpectObject() const;
  bool ExpectArray() const;
  JsonReader Member(const std::string& key) const;  // missing where there is none
  std::vector<std::string> Keys() const;            // of an object
  size_t size() const;                              // of an array
  JsonReader At(size_t index) const;
  // For FromJson functions that want more: "expected an ISO date".
  void Refuse(const std::string& problem) const;

  template <typename T>
  void Field(const char* key, T* out) const;

 private:
  struct Document;
  JsonReader(Document* document, const void* value, const JsonReader* parent, std::string key,
             size_t index);
  static std::unique_ptr<Document, void (*)(Document*)> Open(const std::string& text);
  static JsonReader Root(Document* document);
  static absl::Status Close(const Document& document);
  std::string Path() const;

  Document* document_;
  const void* value_;
  const JsonReader* parent_;
  std::string key_;
  size_t index_;
};

// Appends JSON text. Thread-compatible.
class JsonWriter {
 public:
  void Write(bool value);
  void Write(int64_t value);
  void Write(uint64_t value);
  void Write(double value);  // NaN and infinities are recorded as a problem
  void Write(const std::string& value);
  void Write(const RawJson& value);
  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }
  void Key(const char* key) { Key(std::string(key)); }
  void Key(const std::string& key);
  void Element() { Separate(); }  // before each element of an array

  template <typename T>
  void Field(const char* key, const T& value);

  const std::string& text() const { return text_; }
  const std::string& problem() const { return problem_; }  // "" where all is well

 private:
  void Separate();
  void Begin(char bracket);
  void End(char bracket);

  std::string text_;
  std::string problem_;
  bool is_first_ = true;
};

namespace sdk {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsStringMap : std::false_type {};
template <typename T>
struct IsStringMap<std::map<std::string, T>> : std::true_type {};
template <typename T>
inline constexpr bool kIsPlain =
    std::is_same_v<T, bool> || std::is_same_v<T, int64_t> || std::is_same_v<T, double> ||
    std::is_same_v<T, std::string> || std::is_same_v<T, RawJson>;

template <typename T>
void ReadJson(const JsonReader& in, T* out) {
  if constexpr (kIsPlain<T>) {
    in.Read(out);
  } else if constexpr (std::is_integral_v<T>) {
    int64_t n = 0;
    in.Read(&n);
    if (!std::in_range<T>(n)) return in.Refuse("the number is out of range");
    *out = static_cast<T>(n);
  } else if constexpr (std::is_floating_point_v<T>) {
    double d = 0;
    in.Read(&d);
    *out = static_cast<T>(d);
  } else if constexpr (IsOptional<T>::value) {
    out->reset();
    if (!in.is_missing() && !in.is_null()) ReadJson(in, &out->emplace());
  } else if constexpr (IsVector<T>::value) {
    out->clear();
    if (!in.ExpectArray()) return;
    out->reserve(in.size());
    for (size_t i = 0; i < in.size(); ++i) {
      typename T::value_type element{};
      ReadJson(in.At(i), &element);
      out->push_back(std::move(element));
    }
  } else if constexpr (IsStringMap<T>::value) {
    out->clear();
    if (!in.ExpectObject()) return;
    for (const std::string& key : in.Keys()) ReadJson(in.Member(key), &(*out)[key]);
  } else {
    FromJson(in, out);
  }
}

template <typename T>
void WriteJson(const T& value, JsonWriter* out) {
  if constexpr (kIsPlain<T>) {
    out->Write(value);
  } else if constexpr (std::is_unsigned_v<T>) {
    out->Write(uint64_t{value});
  } else if constexpr (std::is_integral_v<T>) {
    out->Write(int64_t{value});
  } else if constexpr (std::is_floating_point_v<T>) {
    out->Write(static_cast<double>(value));
  } else if constexpr (IsOptional<T>::value) {
    if (value.has_value()) return WriteJson(*value, out);
    out->Write(RawJson{});
  } else if constexpr (IsVector<T>::value) {
    out->BeginArray();
    for (const typename T::value_type& element : value) {
      out->Element();
      WriteJson(element, out);
    }
    out->EndArray();
  } else if constexpr (IsStringMap<T>::value) {
    out->BeginObject();
    for (const auto& [key, member] : value) {
      out->Key(key);
      WriteJson(member, out);
    }
    out->EndObject();
  } else {
    ToJson(value, out);
  }
}

}  // namespace sdk

template <typename T>
absl::Status JsonReader::Parse(const std::string& text, T* out) {
  const auto document = Open(text);
  const JsonReader root = Root(document.get());
  if (!root.is_missing()) sdk::ReadJson(root, out);
  return Close(*document);
}

template <typename T>
void JsonReader::Field(const char* key, T* out) const {
  sdk::ReadJson(Member(key), out);
}

template <typename T>
void JsonWriter::Field(const char* key, const T& value) {
  if constexpr (sdk::IsOptional<T>::value) {
    if (!value.has_value()) return;
  }
  Key(key);
  sdk::WriteJson(value, this);
}

}  // namespace pawl

// Maps the named fields of a struct. At most 64 of them.
#define PAWL_FIELDS(Type, ...)                                     \
  inline void FromJson(const ::pawl::JsonReader& in, Type* out) {  \
    if (!in.ExpectObject()) return;                                \
    PAWL_INTERNAL_EACH(PAWL_INTERNAL_READ, __VA_ARGS__)            \
  }                                                                \
  inline void ToJson(const Type& value, ::pawl::JsonWriter* out) { \
    out->BeginObject();                                            \
    PAWL_INTERNAL_EACH(PAWL_INTERNAL_WRITE, __VA_ARGS__)           \
    out->EndObject();                                              \
  }

// --- implementation of PAWL_FIELDS ---
#define PAWL_INTERNAL_READ(field) in.Field(#field, &out->field);
#define PAWL_INTERNAL_WRITE(field) out->Field(#field, value.field);
#define PAWL_INTERNAL_PARENS ()
#define PAWL_INTERNAL_EXPAND(...) \
  PAWL_INTERNAL_EXPAND3(PAWL_INTERNAL_EXPAND3(PAWL_INTERNAL_EXPAND3(__VA_ARGS__)))
#define PAWL_INTERNAL_EXPAND3(...) \
  PAWL_INTERNAL_EXPAND2(PAWL_INTERNAL_EXPAND2(PAWL_INTERNAL_EXPAND2(__VA_ARGS__)))
#define PAWL_INTERNAL_EXPAND2(...) \
  PAWL_INTERNAL_EXPAND1(PAWL_INTERNAL_EXPAND1(PAWL_INTERNAL_EXPAND1(__VA_ARGS__)))
#define PAWL_INTERNAL_EXPAND1(...) __VA_ARGS__
#define PAWL_INTERNAL_EACH(macro, ...) \
  __VA_OPT__(PAWL_INTERNAL_EXPAND(PAWL_INTERNAL_STEP(macro, __VA_ARGS__)))
#define PAWL_INTERNAL_STEP(macro, first, ...) \
  macro(first) __VA_OPT__(PAWL_INTERNAL_AGAIN PAWL_INTERNAL_PARENS(macro, __VA_ARGS__))
#define PAWL_INTERNAL_AGAIN() PAWL_INTERNAL_STEP
