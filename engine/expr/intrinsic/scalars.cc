#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/base64.h"
#include "engine/expr/digest.h"
#include "engine/expr/intrinsic/format.h"
#include "engine/expr/intrinsic/functions.h"
#include "engine/expr/java_random.h"
#include "engine/value/check.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"
#include "engine/value/value_set.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr size_t kMaxCharacters =
    10'000;  // of what is encoded, decoded or hashed, as AWS documents

bool IsShortString(const Value& value, Meter* meter) {
  if (!value.is_string() || !meter->Charge(steps::Scanned(value.AsString().size()))) return false;
  return CountCodePoints(value.AsString()) <= kMaxCharacters &&
         meter->Charge(steps::Converted(value.AsString().size()));
}

bool IsInt32(int64_t n) {
  return n >= std::numeric_limits<int32_t>::min() && n <= std::numeric_limits<int32_t>::max();
}

// java.lang.Math.round: halves go up, -1.5 becomes -1.
bool RoundToInt32(const Value& value, int64_t* n) {
  if (!value.is_number()) return false;
  if (!value.ToInt64(n)) {
    const double rounded = std::floor(value.AsDouble() + 0.5);
    if (std::abs(rounded) > 0x1p32) return false;
    *n = static_cast<int64_t>(rounded);
  }
  return IsInt32(*n);
}

// A set of characters.
class Delimiters {
 public:
  explicit Delimiters(absl::string_view characters) {
    for (size_t i = 0; i < characters.size();) {
      const size_t length = std::max<size_t>(Utf8SequenceLength(characters, i), 1);
      if (length == 1) {
        bytes_[static_cast<unsigned char>(characters[i])] = true;
      } else {
        others_.insert(characters.substr(i, length));
      }
      i += length;
    }
  }
  bool Has(absl::string_view character) const {
    return character.size() == 1 ? bytes_[static_cast<unsigned char>(character[0])]
                                 : others_.contains(character);
  }

 private:
  std::array<bool, 256> bytes_{};
  absl::flat_hash_set<absl::string_view> others_;
};

}  // namespace

bool FormatString(const Arguments& arguments, const Context& context, Value* result,
                  std::string* why) {
  const Value* const values = arguments.data() + 1;
  const size_t count = arguments.size() - 1;
  uint64_t cost = 0;
  for (size_t i = 0; i < count; ++i) cost += JsonSteps(values[i]);
  if (!context.meter.Charge(cost)) return false;
  if (context.format != nullptr) return Format(*context.format, values, count, result, why);
  if (!arguments[0].is_string()) return false;
  if (!context.meter.Charge(steps::Transformed(arguments[0].AsString().size()))) return false;
  return Format(ParseFormat(arguments[0].AsString()), values, count, result, why);
}

bool StringToJson(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!arguments[0].is_string()) return false;
  const std::string& text = arguments[0].AsString();
  if (!context.meter.Charge(steps::Scanned(text.size()))) return false;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    *result = Value();  // recorded from AWS
    return true;
  }
  if (!context.meter.Charge(JsonParseSteps(text))) return false;
  JsonLimits limits;
  limits.max_depth = context.env.limits.max_depth;
  limits.max_bytes = context.env.limits.max_result_bytes;
  absl::StatusOr<Value> value = ParseJson(text, limits);
  if (!value.ok()) return false;
  *result = *std::move(value);
  return true;
}

bool JsonToString(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!context.meter.Charge(JsonSteps(arguments[0]))) return false;
  *result = Value::String(ToJson(arguments[0]));
  return true;
}

// The second argument is a set of characters; nothing stands between two of them.
bool StringSplit(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!arguments[0].is_string() || !arguments[1].is_string()) return false;
  const absl::string_view text = arguments[0].AsString();
  constexpr uint64_t kStepsPerPart = 12;
  if (!context.meter.Charge(steps::Converted(text.size() + 16 * arguments[1].AsString().size()))) {
    return false;
  }
  const Delimiters delimiters(arguments[1].AsString());
  Value::Elements parts;
  size_t start = 0;
  const auto end_part = [&](size_t end) {
    if (end > start) parts.push_back(Value::String(text.substr(start, end - start)));
  };
  for (size_t i = 0; i < text.size();) {
    const size_t length = std::max<size_t>(Utf8SequenceLength(text, i), 1);
    if (delimiters.Has(text.substr(i, length))) {
      if (!context.meter.Charge(kStepsPerPart)) return false;
      end_part(i);
      start = i + length;
    }
    i += length;
  }
  end_part(text.size());
  *result = Value::Array(std::move(parts));
  return true;
}

bool Base64Encode(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!IsShortString(arguments[0], &context.meter)) return false;
  *result = Value::String(absl::Base64Escape(arguments[0].AsString()));
  return true;
}

bool Base64Decode(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!IsShortString(arguments[0], &context.meter)) return false;
  *result = Value::String(ReplaceInvalidUtf8(Base64DecodeLenient(arguments[0].AsString())));
  return true;
}

// Data that is no string is hashed as its JSON text.
bool Hash(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!arguments[1].is_string()) return false;
  constexpr uint64_t kStepsPerDigest = 100;
  if (!context.meter.Charge(kStepsPerDigest + JsonSteps(arguments[0]))) return false;
  const std::string data =
      arguments[0].is_string() ? arguments[0].AsString() : ToJson(arguments[0]);
  if (CountCodePoints(data) > kMaxCharacters) return false;
  if (!context.meter.Charge(steps::Converted(data.size()))) return false;
  absl::optional<std::string> digest = HexDigest(arguments[1].AsString(), data);
  if (!digest) return false;
  *result = Value::String(*std::move(digest));
  return true;
}

// Shallow only: AWS refuses `true`, the deep merge, and takes anything else for `false`.
bool JsonMerge(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  if (!arguments[0].is_object() || !arguments[1].is_object()) return false;
  if (arguments[2].is_bool() && arguments[2].AsBool()) return false;
  constexpr uint64_t kStepsPerMember = 15;
  const size_t count = arguments[0].AsObject().size() + arguments[1].AsObject().size();
  if (!context.meter.Charge(kStepsPerMember * count)) return false;
  Value::Members members = arguments[0].AsObject();
  const Value::Members& later = arguments[1].AsObject();
  members.insert(members.end(), later.begin(), later.end());  // of two with one name the last wins
  *result = Value::Object(std::move(members));
  return true;
}

bool MathRandom(const Arguments& arguments, const Context& context, Value* result, std::string*) {
  int64_t start = 0, end = 0, seed = 0;
  if (!TruncateToInt32(arguments[0], &start) || !TruncateToInt32(arguments[1], &end)) return false;
  if (start >= end) return false;
  const auto size = static_cast<uint64_t>(end - start);
  if (arguments.size() == 2) {
    PAWL_CHECK(context.env.random != nullptr);
    const double drawn = context.env.random->NextUnit() * static_cast<double>(size);
    *result = Value::Int(start + static_cast<int64_t>(drawn));
    return true;
  }
  if (!TruncateToInt32(arguments[2], &seed)) return false;
  JavaRandom random(seed);
  const auto drawn = size <= INT32_MAX
                         ? random.NextInt(static_cast<int32_t>(size))
                         : static_cast<int64_t>(random.NextDouble() * static_cast<double>(size));
  *result = Value::Int(start + drawn);
  return true;
}

bool MathAdd(const Arguments& arguments, const Context&, Value* result, std::string*) {
  int64_t a = 0, b = 0;
  if (!RoundToInt32(arguments[0], &a) || !RoundToInt32(arguments[1], &b)) return false;
  if (!IsInt32(a + b)) return false;
  *result = Value::Int(a + b);
  return true;
}

bool Uuid(const Arguments&, const Context& context, Value* result, std::string*) {
  PAWL_CHECK(context.env.random != nullptr);
  *result = Value::String(context.env.random->NextUuid());
  return true;
}

}  // namespace pawl::expr::intrinsic
