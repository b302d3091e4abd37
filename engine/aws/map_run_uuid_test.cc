#include "engine/aws/map_run_uuid.h"

#include <string>

#include "gtest/gtest.h"

namespace pawl::aws {
namespace {

TEST(MapRunUuid, AUuidHoldsItsNumbers) {
  const MapRunId ids[] = {{0, 0, 0, 0},
                          {4095, (uint64_t{0xFFFFFF} << 32) | 0xFFFFFFFF, 4'194'303, 0xFFFFFFFE},
                          {17, (uint64_t{3} << 32) | 9, 2, MapRunId::kRunItself}};
  for (const MapRunId& id : ids) {
    const std::string uuid = MapRunUuid(id);
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '8') << uuid;
    const auto parsed = ParseMapRunUuid(uuid);
    ASSERT_TRUE(parsed.has_value()) << uuid;
    EXPECT_EQ(parsed->slot, id.slot);
    EXPECT_EQ(parsed->execution_id, id.execution_id);
    EXPECT_EQ(parsed->ordinal, id.ordinal);
    EXPECT_EQ(parsed->index, id.index);
  }
}

TEST(MapRunUuid, ChildrenOfARunShareTheirBeginning) {
  const std::string one = MapRunUuid({5, 77, 1, 0}), other = MapRunUuid({5, 77, 1, 4'000'000'000});
  EXPECT_EQ(one.substr(0, kMapRunUuidPrefix), other.substr(0, kMapRunUuidPrefix));
  EXPECT_NE(one.substr(0, kMapRunUuidPrefix),
            MapRunUuid({5, 77, 2, 0}).substr(0, kMapRunUuidPrefix));
}

TEST(MapRunUuid, OtherTextIsNone) {
  for (const char* text :
       {"", "x", "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-82d3-a456-42661417400g"}) {
    EXPECT_FALSE(ParseMapRunUuid(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace pawl::aws
