#include "engine/service/map_runs.h"

#include "absl/strings/str_replace.h"
#include "engine/aws/error.h"
#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

class MapRunsTest : public ServiceFixture {};

// The UUID names the run by itself: it was changed before the rest of the ARN was compared.
TEST_F(MapRunsTest, ArnOfAnotherMachineOrNamespaceChangesNothing) {
  Create("m", R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"L","MaxConcurrency":3,
      "End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED",
      "ExecutionType":"STANDARD"},"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,
      "End":true}}}}}})");
  ASSERT_TRUE(engine_.Start("m", "e", "[1,2,3,4,5]").ok());
  engine_.RunFor(absl::Seconds(1));
  absl::StatusOr<std::vector<MapRun>> runs;
  service_->map_runs.List(context_, "m/e", [&](auto found) { runs = std::move(found); });
  engine_.RunFor(absl::Milliseconds(1));
  ASSERT_TRUE(runs.ok() && runs->size() == 1);
  const std::string arn = (*runs)[0].run.arn;
  const auto update = [&](const std::string& of) {
    absl::Status status = absl::UnavailableError("not answered");
    MapRunChange change;
    change.max_concurrency = 7;
    service_->map_runs.Update(context_, of, change, [&](const absl::StatusOr<Empty>& result) {
      status = result.status();
    });
    engine_.RunFor(absl::Milliseconds(1));
    return status;
  };
  const auto concurrency = [&] {
    absl::StatusOr<MapRun> run;
    service_->map_runs.Describe(context_, arn, [&](auto found) { run = std::move(found); });
    engine_.RunFor(absl::Milliseconds(1));
    return run.ok() ? run->run.summary.limits.max_concurrency : -1;
  };
  for (const std::string& foreign :
       {absl::StrReplaceAll(arn, {{":000000000000:", ":111111111111:"}}),
        absl::StrReplaceAll(arn, {{":m/L:", ":other/L:"}})}) {
    EXPECT_EQ(aws::ErrorOf(update(foreign)), aws::Error::kResourceNotFound) << foreign;
    EXPECT_EQ(concurrency(), 3);
  }
  EXPECT_TRUE(update(arn).ok());
  EXPECT_EQ(concurrency(), 7);
}

}  // namespace
}  // namespace pawl::service
