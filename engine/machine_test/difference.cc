#include "engine/machine_test/difference.h"

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::machine_test {
namespace {

constexpr size_t kMaxLines = 50;
constexpr size_t kMaxShown = 300;

std::string Short(const Value& value) {
  std::string text = ToJson(value);
  if (text.size() > kMaxShown) text = absl::StrCat(text.substr(0, kMaxShown), "...");
  return text;
}

class Comparison {
 public:
  explicit Comparison(bool is_partial) : is_partial_(is_partial) {}

  void Compare(const std::string& at, const Value& expected, const Value& actual) {
    if (lines.size() >= kMaxLines || expected == actual) return;
    if (expected.is_object() && actual.is_object()) return CompareObjects(at, expected, actual);
    if (expected.is_array() && actual.is_array() &&
        expected.AsArray().size() == actual.AsArray().size()) {
      for (size_t i = 0; i < expected.AsArray().size(); ++i) {
        Compare(absl::StrCat(at, "[", i, "]"), expected.AsArray()[i], actual.AsArray()[i]);
      }
      return;
    }
    lines.push_back(absl::StrCat(at, ": expected ", Short(expected), ", got ", Short(actual)));
  }

  std::vector<std::string> lines;

 private:
  void CompareObjects(const std::string& at, const Value& expected, const Value& actual) {
    for (const auto& [key, value] : expected.AsObject()) {
      const std::string place = absl::StrCat(at, ".", key);
      if (const Value* other = actual.Find(key)) {
        Compare(place, value, *other);
      } else {
        lines.push_back(absl::StrCat(place, ": missing, expected ", Short(value)));
      }
    }
    if (is_partial_) return;
    for (const auto& [key, value] : actual.AsObject()) {
      if (expected.Find(key) == nullptr) {
        lines.push_back(absl::StrCat(at, ".", key, ": not expected, got ", Short(value)));
      }
    }
  }

  const bool is_partial_;
};

}  // namespace

std::vector<std::string> Differences(absl::string_view what, const Value& expected,
                                     const Value& actual, bool is_partial) {
  Comparison comparison(is_partial);
  comparison.Compare(std::string(what), expected, actual);
  return std::move(comparison.lines);
}

bool Contains(const Value& whole, const Value& part) {
  return Differences("", part, whole, /*is_partial=*/true).empty();
}

}  // namespace pawl::machine_test
