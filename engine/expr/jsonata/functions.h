// The built-in functions by family, one .cc each. Their signatures are in the table (builtins.cc);
// unless the table says otherwise, the first argument is never undefined.
#pragma once

#include "engine/expr/jsonata/builtins.h"

namespace pawl::expr::jsonata::functions {

// functions_numbers.cc
Item Sum(const Call& call);
Item Max(const Call& call);
Item Min(const Call& call);
Item Average(const Call& call);
Item Number(const Call& call);
Item Abs(const Call& call);
Item Floor(const Call& call);
Item Ceil(const Call& call);
Item Round(const Call& call);
Item Sqrt(const Call& call);
Item Power(const Call& call);
Item FormatBase(const Call& call);

// functions_strings.cc
Item String(const Call& call);
Item Substring(const Call& call);
Item SubstringBefore(const Call& call);
Item SubstringAfter(const Call& call);
Item Lowercase(const Call& call);
Item Uppercase(const Call& call);
Item Length(const Call& call);
Item Trim(const Call& call);
Item Pad(const Call& call);
Item Join(const Call& call);

// functions_match.cc
Item Contains(const Call& call);
Item Split(const Call& call);
Item Match(const Call& call);
Item Replace(const Call& call);

// functions_encoding.cc
Item Base64Encode(const Call& call);
Item Base64Decode(const Call& call);
Item EncodeUrl(const Call& call);
Item EncodeUrlComponent(const Call& call);
Item DecodeUrl(const Call& call);
Item DecodeUrlComponent(const Call& call);

// functions_arrays.cc
Item Count(const Call& call);
Item Append(const Call& call);
Item Reverse(const Call& call);
Item Shuffle(const Call& call);
Item Distinct(const Call& call);
Item Zip(const Call& call);

// functions_objects.cc
Item Keys(const Call& call);
Item LookupKey(const Call& call);
Item Spread(const Call& call);
Item Merge(const Call& call);
Item Clone(const Call& call);

// functions_misc.cc
Item Boolean(const Call& call);
Item Not(const Call& call);
Item Exists(const Call& call);
Item Type(const Call& call);
Item RaiseError(const Call& call);
Item Assert(const Call& call);

// functions_higher_order.cc
Item Map(const Call& call);
Item Filter(const Call& call);
Item Single(const Call& call);
Item Reduce(const Call& call);
Item Sift(const Call& call);
Item Each(const Call& call);
Item Sort(const Call& call);

// functions_time.cc
Item Now(const Call& call);
Item Millis(const Call& call);
Item FromMillis(const Call& call);
Item ToMillis(const Call& call);

// functions_format.cc
Item FormatNumber(const Call& call);
Item FormatInteger(const Call& call);
Item ParseInteger(const Call& call);

// functions_aws.cc: what AWS Step Functions adds
Item Partition(const Call& call);
Item Range(const Call& call);
Item Hash(const Call& call);
Item Random(const Call& call);
Item Uuid(const Call& call);
Item Parse(const Call& call);

}  // namespace pawl::expr::jsonata::functions
