#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/functions.h"

namespace pawl::expr::jsonata::functions {
namespace {

[[noreturn]] void Fail(const Call& call, size_t message, const char* code, const char* otherwise) {
  const bool given = call.Has(message) && !call[message].AsString().empty();
  // The message is inserted as it is, without the quotes of an inserted value.
  throw Raised(code).With("message", "\"" + (given ? call[message].AsString() : otherwise) + "\"");
}

}  // namespace

Item Boolean(const Call& call) { return Item::Bool(ToBoolean(call[0], &call.workspace)); }
Item Not(const Call& call) { return Item::Bool(!ToBoolean(call[0], &call.workspace)); }
Item Exists(const Call& call) { return Item::Bool(call.Has(0)); }

Item Type(const Call& call) {
  const Item& item = call[0];
  if (item.is_null()) return Item::String("null");
  if (IsNumeric(item)) return Item::String("number");
  if (item.is_string()) return Item::String("string");
  if (item.is_bool()) return Item::String("boolean");
  if (item.is_array()) return Item::String("array");
  return Item::String(item.function() != nullptr ? "function" : "object");
}

Item RaiseError(const Call& call) { Fail(call, 0, "D3137", "$error() function evaluated"); }

Item Assert(const Call& call) {
  if (!call[0].is_true()) Fail(call, 1, "D3141", "$assert() statement failed");
  return Item();
}

}  // namespace pawl::expr::jsonata::functions
