#include "engine/expr/intrinsic/functions.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr size_t kAny = SIZE_MAX;

constexpr Function kFunctions[] = {
    {"States.Format", 1, kAny, FormatString},
    {"States.StringToJson", 1, 1, StringToJson},
    {"States.JsonToString", 1, 1, JsonToString},
    {"States.Array", 0, kAny, Array},
    {"States.ArrayPartition", 2, 2, ArrayPartition},
    {"States.ArrayContains", 2, 2, ArrayContains},
    {"States.ArrayRange", 3, 3, ArrayRange},
    {"States.ArrayGetItem", 2, 2, ArrayGetItem},
    {"States.ArrayLength", 1, 1, ArrayLength},
    {"States.ArrayUnique", 1, 1, ArrayUnique},
    {"States.Base64Encode", 1, 1, Base64Encode},
    {"States.Base64Decode", 1, 1, Base64Decode},
    {"States.Hash", 2, 2, Hash},
    {"States.JsonMerge", 3, 3, JsonMerge},
    {"States.MathRandom", 2, 3, MathRandom},
    {"States.MathAdd", 2, 2, MathAdd},
    {"States.StringSplit", 2, 2, StringSplit},
    {"States.UUID", 0, 0, Uuid},
};

}  // namespace

const Function* FindFunction(absl::string_view name) {
  for (const Function& function : kFunctions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace pawl::expr::intrinsic
