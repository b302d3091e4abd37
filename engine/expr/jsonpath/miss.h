// What Jayway says when a path finds nothing. AWS passes these words on, so they are part of the
// language: "Invalid path '$.a.b' : Missing property in path $['a']".
#pragma once

#include <string>

#include "engine/expr/jsonpath/ast.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonpath {

// The last step found nothing.
std::string NoResults(const Path& path);

// Step `i` is a name and `node` has no such member, or is no object (nullptr: is not even there,
// because an index before it ran past the end of its array).
std::string MissingMember(const Path& path, size_t i, const Value* node);

// Step `i` is an index past the end and the path goes on after it.
std::string PastEnd(const Path& path, size_t i);

// Step `i` is an index or a slice and `node` is not an array, or a filter and `node` is a scalar.
std::string Inapplicable(const Path& path, size_t i, const Value& node);

}  // namespace pawl::expr::jsonpath
