#include "engine/expr/message.h"

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::expr {

std::string JsonForMessage(const Value& value) {
  constexpr uint64_t kMaxBytes = uint64_t{1024} * 1024;
  if (value.weight() <= kMaxBytes) return ToJson(value);
  return absl::StrCat("<", KindName(value), " of about ", value.weight(), " bytes>");
}

}  // namespace pawl::expr
