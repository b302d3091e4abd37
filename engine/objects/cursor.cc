#include "engine/objects/cursor.h"

#include <utility>

#include "engine/value/json.h"
#include "engine/value/value.h"

namespace pawl::objects {
namespace {

constexpr int64_t kFormat = 1;

bool ReadInt(const Value& from, absl::string_view key, int64_t* n) {
  const Value* value = from.Find(key);
  return value != nullptr && value->is_int() && value->ToInt64(n) && *n >= 0;
}

bool ReadString(const Value& from, absl::string_view key, std::string* s) {
  const Value* value = from.Find(key);
  if (value == nullptr || !value->is_string()) return false;
  *s = value->AsString();
  return true;
}

}  // namespace

std::string EncodeCursor(const Cursor& cursor) {
  return ToJson(Value::Object({{"v", Value::Int(kFormat)},
                               {"n", Value::Int(cursor.delivered)},
                               {"f", Value::String(cursor.file)},
                               {"p", Value::Int(static_cast<int64_t>(cursor.in_file.place))},
                               {"o", Value::Int(cursor.in_file.offset_bytes)},
                               {"e", Value::String(cursor.etag)}}));
}

absl::StatusOr<Cursor> DecodeCursor(absl::string_view text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  absl::StatusOr<Value> value = ParseJson(text);
  int64_t version = 0;
  int64_t place = 0;
  const bool is_ok =
      value.ok() && ReadInt(*value, "v", &version) && version == kFormat &&
      ReadInt(*value, "n", &cursor.delivered) && ReadString(*value, "f", &cursor.file) &&
      ReadInt(*value, "p", &place) && place <= static_cast<int64_t>(FilePosition::Place::kDone) &&
      ReadInt(*value, "o", &cursor.in_file.offset_bytes) && ReadString(*value, "e", &cursor.etag);
  if (!is_ok) return absl::InvalidArgumentError("The cursor of the item reader is not valid.");
  cursor.in_file.place = static_cast<FilePosition::Place>(place);
  return cursor;
}

}  // namespace pawl::objects
