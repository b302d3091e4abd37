// Tokens to a syntax tree: Pratt's "top down operator precedence", with the reference's binding
// powers.
#pragma once

#include "absl/strings/string_view.h"
#include "engine/expr/jsonata/ast.h"

namespace pawl::expr::jsonata {

// Bounds the recursion of everything that walks a tree.
inline constexpr uint32_t kMaxTreeHeight = 300;

// The raw tree: Resolve() (resolver.h) puts it in order. Raises S01xx to S04xx, and U1004 for a
// tree higher than kMaxTreeHeight.
NodePtr ParseRaw(absl::string_view text, Symbols* symbols);

}  // namespace pawl::expr::jsonata
