// $formatNumber: numbers after a picture like "#,##0.00;(#,##0.00)" (XPath functions,
// format-number).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/expr/jsonata/item.h"

namespace pawl::expr::jsonata {

// `options` is an object of strings ("decimal-separator"...) or undefined. `number` must be finite.
// Raises D3080 to D3093.
std::string FormatNumber(double number, absl::string_view picture, const Item& options);

}  // namespace pawl::expr::jsonata
