// Random bits that nobody can foresee: of ids, tokens' keys and seeds.
#pragma once

#include <cstdint>

namespace pawl::runtime {

// From the operating system's generator, taken in blocks, one a thread: a call costs some
// nanoseconds. Thread-safe; never fails once the machine has booted.
uint64_t SecureRandom();

}  // namespace pawl::runtime
