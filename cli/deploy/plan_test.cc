// Plans, and carrying them out, against an engine in memory.
#include "cli/deploy/plan.h"

#include <gmock/gmock.h>

#include "cli/deploy/apply.h"
#include "cli/deploy/check.h"
#include "cli/deploy/deploy_fakes.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPass[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";

class Deployment : public ::testing::Test {
 protected:
  Deployment() { bundle_.stacks = {"shop"}; }

  Machine& Add(const std::string& name, const std::string& definition = kPass) {
    Machine machine;
    machine.name = name;
    machine.stack = "shop";
    machine.where = "t.yaml:1:1";
    machine.definition = definition;
    machine.value = *ParseJson(definition);
    machine.tags = {{kStackTag, "shop"}};
    bundle_.machines.push_back(std::move(machine));
    return bundle_.machines.back();
  }

  Plan PlanNow() {
    const absl::StatusOr<Plan> plan = MakePlan(bundle_, options_, &engine_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return *plan;
  }

  // Plans and applies; the calls that changed something.
  std::vector<std::string> Run() {
    engine_.calls.clear();
    const Plan plan = PlanNow();
    EXPECT_THAT(plan.problems, IsEmpty());
    status_ = Apply(plan, &engine_, [](const std::string&, const std::string&) {});
    return engine_.calls;
  }

  Bundle bundle_;
  PlanOptions options_;
  FakeEngine engine_;
  absl::Status status_;
};

TEST_F(Deployment, CreatesOnceAndThenChangesNothing) {
  Add("order").tags["team"] = "shop";
  bundle_.activities.push_back({"approve", "shop", "t.yaml:9:1", {{kStackTag, "shop"}}});
  EXPECT_THAT(Run(), ElementsAre("create activity approve", "create order", "tag machine:order"));
  EXPECT_TRUE(PlanNow().is_empty());
  EXPECT_THAT(Run(), IsEmpty());
}

TEST_F(Deployment, ComparesDefinitionsAsValues) {
  Add("order");
  Run();
  bundle_.machines[0].definition =
      R"({ "States": {"A": {"End": true, "Type": "Pass"}}, "StartAt": "A" })";
  bundle_.machines[0].value = *ParseJson(bundle_.machines[0].definition);
  EXPECT_THAT(Run(), IsEmpty());
  bundle_.machines[0].value =
      *ParseJson(R"({"Comment":"v2","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})");
  EXPECT_THAT(Run(), ElementsAre("update order"));
}

TEST_F(Deployment, ChangesTagsAndRoles) {
  Add("order").tags["team"] = "a";
  Run();
  engine_.machines["order"].machine.tags["by-hand"] = "x";
  engine_.machines["order"].machine.tags["aws:x"] = "y";
  bundle_.machines[0].tags["team"] = "b";
  bundle_.machines[0].role_arn = "arn:aws:iam::000000000000:role/r";
  EXPECT_THAT(Run(), ElementsAre("update order", "untag machine:order", "tag machine:order"));
  EXPECT_THAT(Run(), IsEmpty());
}

TEST_F(Deployment, PublishesWhatFollowsTheRevision) {
  Machine& order = Add("order");
  order.publishes = Publishes::kRevision;
  order.aliases.push_back({"live", "", {Route{}}});
  EXPECT_THAT(
      Run(), ElementsAre("create order", "tag machine:order", "publish order", "alias order:live"));
  EXPECT_THAT(Run(), IsEmpty());
  bundle_.machines[0].value = *ParseJson(R"({"StartAt":"B"})");
  bundle_.machines[0].definition = R"({"StartAt":"B"})";
  EXPECT_THAT(Run(), ElementsAre("update order", "publish order", "alias order:live"));
  EXPECT_EQ(engine_.machines["order"].aliases[0].routes[0].version, 2);
  engine_.machines["order"].aliases[0].routes = {{1, 100}};
  EXPECT_THAT(Run(), ElementsAre("alias order:live")) << "what was moved by hand is moved back";
  bundle_.machines[0].publishes = Publishes::kFirst;
  bundle_.machines[0].definition = kPass;
  bundle_.machines[0].value = *ParseJson(kPass);
  EXPECT_THAT(Run(), ElementsAre("update order")) << "it has a version";
}

TEST_F(Deployment, GoesOnWhereItWasInterrupted) {
  Machine& order = Add("order");
  order.publishes = Publishes::kRevision;
  order.aliases.push_back({"live", "", {Route{}}});
  Add("refund");
  for (const char* call : {"create order", "tag machine:order", "publish order", "alias order:live",
                           "create refund", "tag machine:refund"}) {
    engine_.fails_at = call;
    Run();
    EXPECT_TRUE(absl::IsUnavailable(status_)) << call;
    EXPECT_THAT(std::string(status_.message()), HasSubstr("state machine "));
  }
  engine_.fails_at.clear();
  EXPECT_THAT(Run(), ElementsAre("tag machine:refund"));
  EXPECT_TRUE(PlanNow().is_empty());
}

TEST_F(Deployment, DeletesWhatTheStackNoLongerHasIfAskedTo) {
  Add("order");
  Add("refund");
  bundle_.activities.push_back({"approve", "shop", "", {{kStackTag, "shop"}}});
  Run();
  engine_.machines["by-hand"].machine.definition = kPass;
  engine_.machines["other"].machine.tags = {{kStackTag, "other"}};
  bundle_.machines.pop_back();
  bundle_.activities.clear();
  EXPECT_EQ(PlanNow().removals.size(), 2u);
  EXPECT_TRUE(PlanNow().is_empty()) << "without --prune they stay";
  options_.prunes = true;
  EXPECT_THAT(Run(), ElementsAre("delete refund", "delete activity approve"));
  EXPECT_THAT(Run(), IsEmpty());
}

TEST_F(Deployment, LeavesWhatBelongsToOtherStacks) {
  Add("order");
  engine_.machines["order"].machine = {"machine:order", {}, "", kPass, 1, {{kStackTag, "other"}}};
  ASSERT_EQ(PlanNow().problems.size(), 1u);
  EXPECT_THAT(PlanNow().problems[0], HasSubstr("was deployed from the stack 'other'"));
  options_.takes_over = true;
  EXPECT_THAT(Run(), ElementsAre("tag machine:order"));
}

TEST_F(Deployment, AdoptsWhatWasMadeByHand) {
  Add("order");
  engine_.machines["order"].machine = {"machine:order", {}, "", kPass, 1, {}};
  EXPECT_THAT(Run(), ElementsAre("tag machine:order"));
}

TEST_F(Deployment, DoesNotChangeTheTypeOfAMachine) {
  Add("order");
  Run();
  bundle_.machines[0].type = asl::MachineType::kExpress;
  ASSERT_EQ(PlanNow().problems.size(), 1u);
  EXPECT_THAT(PlanNow().problems[0], HasSubstr("'order' is STANDARD, not EXPRESS"));
}

TEST_F(Deployment, ChecksEverythingBeforeItBegins) {
  Add("order");
  Add("order");
  Add("a b");
  Machine& bad = Add("bad", R"({"StartAt":"Nowhere","States":{"A":{"Type":"Pass","End":true}}})");
  bad.aliases = {{"1", "", {Route{}}}, {"x", "", {Route{}}}, {"x", "", {Route{}}}};
  std::vector<std::string> problems;
  std::vector<Finding> findings;
  EXPECT_FALSE(Check(bundle_, &problems, &findings));
  ASSERT_EQ(problems.size(), 4u);
  EXPECT_THAT(problems[0], HasSubstr("'order' has the name of the one at t.yaml:1:1"));
  EXPECT_THAT(problems[1], HasSubstr("state machine 'a b'"));
  EXPECT_THAT(problems[2], HasSubstr("alias '1'"));
  EXPECT_THAT(problems[3], HasSubstr("two aliases named 'x'"));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].diagnostics[0].pointer, "/StartAt");
}

}  // namespace
}  // namespace pawl::deploy
