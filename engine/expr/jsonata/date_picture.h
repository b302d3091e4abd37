// Pictures of dates and times, "[D01]/[M01]/[Y0001] [H01]:[m01]" (XPath functions,
// format-dateTime).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/expr/jsonata/integer_format.h"

namespace pawl::expr::jsonata {

struct DatePart {
  char component = '\0';  // 'Y', 'M', 'D'...; '\0' for literal text
  std::string literal;
  absl::optional<LetterCase> names;  // written as a name rather than a number
  absl::optional<IntegerFormat> format;
  char second_modifier = '\0';
  absl::optional<int> max_width;
  int digits = -1;      // of a year, month or day whose width is fixed
  int max_digits = -1;  // of a part of the time
};

// Raises D3131, D3132 and D3135.
std::vector<DatePart> AnalyseDatePicture(absl::string_view picture);

extern const char* const kMonthNames[12];
extern const char* const kDayNames[8];  // from 1, Monday

}  // namespace pawl::expr::jsonata
