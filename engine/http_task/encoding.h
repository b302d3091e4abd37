// Texts that an HTTP task sends: percent-encoding, forms, queries.
//
// Source: AWS Step Functions Developer Guide, "Call HTTPS APIs", "Applying URL-encoding on request
// body".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::http_task {

using Pairs = std::vector<std::pair<std::string, std::string>>;

enum class ArrayFormat {
  kIndices,   // a[0]=x&a[1]=y
  kRepeat,    // a=x&a=y
  kCommas,    // a=x,y
  kBrackets,  // a[]=x&a[]=y
};

// All but unreserved characters as %XX, a blank as %20.
std::string PercentEncode(absl::string_view text);
// '+' stays; a '%' without two digits stays.
std::string PercentDecode(absl::string_view text);

// The members of `object` as form fields: those of objects within as a[b], arrays by `format`, null
// as nothing. An array or object that kCommas would have to join is there as JSON.
Pairs FlattenForm(const Value& object, ArrayFormat format);

// "a=b&c=d", names and values encoded.
std::string EncodePairs(const Pairs& pairs);

// A string as it is, other scalars as their JSON text, null as nothing.
std::string ScalarText(const Value& value);

}  // namespace pawl::http_task
