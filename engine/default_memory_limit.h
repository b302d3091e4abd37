// What --memory-limit is where it is not given.
#pragma once

#include <cstddef>

namespace pawl {

// A quarter of what this process may use: payloads are the larger part of its memory, and the rest
// of it is not counted. The control group's limit counts where it is lower than the machine's.
size_t DefaultMemoryLimit();

}  // namespace pawl
