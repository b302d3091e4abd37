#include "engine/value/strong_id.h"

#include <concepts>
#include <cstdint>
#include <sstream>
#include <type_traits>

#include "gtest/gtest.h"

namespace pawl {
namespace {

using ApplesId = StrongId<struct ApplesTag, int64_t>;
using PearsId = StrongId<struct PearsTag, int64_t>;

static_assert(sizeof(ApplesId) == sizeof(int64_t) && std::is_trivially_copyable_v<ApplesId>);
static_assert(!std::is_convertible_v<int64_t, ApplesId>);
static_assert(!std::is_convertible_v<ApplesId, int64_t>);
static_assert(!std::is_constructible_v<ApplesId, PearsId>);
static_assert(!std::equality_comparable_with<ApplesId, PearsId>);
static_assert(!std::equality_comparable_with<ApplesId, int64_t>);

TEST(StrongId, IsZeroUnlessTold) { EXPECT_EQ(ApplesId(), ApplesId(0)); }

TEST(StrongId, ComparesAndPrintsAsItsNumber) {
  EXPECT_LT(ApplesId(2), ApplesId(10));
  EXPECT_EQ(ApplesId(2).Next(), ApplesId(3));
  std::ostringstream text;
  text << ApplesId(-1);
  EXPECT_EQ(text.str(), "-1");
}

}  // namespace
}  // namespace pawl
