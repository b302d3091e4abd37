#include "engine/asl/lint.h"

#include "gtest/gtest.h"

namespace pawl::asl {
namespace {}  // namespace
}  // namespace pawl::asl
