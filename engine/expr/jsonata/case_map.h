// Simple upper and lower case of single code points, for text.h.
#pragma once

#include <cstdint>

namespace pawl::expr::jsonata {

uint32_t UpperCase(uint32_t code_point);
uint32_t LowerCase(uint32_t code_point);

}  // namespace pawl::expr::jsonata
