// PAWL_CHECK(condition): for invariants of our own code, never for input, network or database.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace pawl::internal {

[[noreturn, gnu::cold, gnu::noinline]] inline void CheckFailed(const char* condition,
                                                               const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace pawl::internal

#define PAWL_CHECK(condition)                          \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::pawl::internal::CheckFailed(#condition, __FILE__, __LINE__))
