// Operations on executions, machines and tasks, over an engine in virtual time.
#include "engine/service/executions.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/aws/error.h"
#include "engine/service/errors.h"
#include "engine/service/service_fixture.h"
#include "gmock/gmock.h"

namespace pawl::service {
namespace {

using ::testing::HasSubstr;

constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})";
constexpr char kWait[] = R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}})";

class Operations : public ServiceFixture {
 protected:
  Operations() {
    Create("task", kTask);
    Create("wait", kWait);
    Create("fast", kWait, "EXPRESS");
  }
  // Writes the answer into `*out` when it comes.
  template <typename T>
  Done<T> Into(absl::StatusOr<T>* out) {
    *out = absl::UnknownError("not answered");
    return [out](absl::StatusOr<T> result) { *out = std::move(result); };
  }
  absl::Status Start(const std::string& machine, const std::string& name,
                     const std::string& input) {
    absl::StatusOr<runtime::StartResult> started;
    service_->executions.Start(context_, {machine, name, input}, Into(&started));
    engine_.RunFor(absl::Milliseconds(10));
    return started.status();
  }
};

TEST_F(Operations, RefusalsOfAStartAreTyped) {
  EXPECT_TRUE(Start("wait", "e", "").ok());
  const auto error = [this](const std::string& machine, const std::string& name,
                            const std::string& input) {
    return aws::ErrorOf(Start(machine, name, input));
  };
  EXPECT_EQ(error("wait", "e", "{\"other\":1}"), aws::Error::kExecutionAlreadyExists);
  EXPECT_EQ(error("nope", "e", "{}"), aws::Error::kStateMachineDoesNotExist);
  EXPECT_EQ(error("wait", "a b", "{}"), aws::Error::kInvalidName);
  EXPECT_EQ(error("arn:aws:states:x", "e", "{}"), aws::Error::kInvalidArn);
  EXPECT_EQ(error("wait", "f", "{half"), aws::Error::kInvalidExecutionInput);
  EXPECT_EQ(error(std::string(3'000, 'm'), "f", "{}"), aws::Error::kValidation);
}

// B12: it was parsed, up to 64 MiB, before its size was looked at.
TEST_F(Operations, LargeInputIsRefusedUnparsed) {
  const absl::Status status = Start("wait", "e", "not JSON" + std::string(2'000'000, 'x'));
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than the limit of 1048576"));
}

TEST_F(Operations, NestingIsTheCallersFaultAndNoOverload) {
  const absl::Status status = Start("wait", "e", std::string(5'000, '['));
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

TEST_F(Operations, WaitEndsWithTheExecutionOrItsTime) {
  absl::StatusOr<runtime::ExecutionView> ended, cut;
  service_->executions.StartAndWait(context_, {"wait", "a", "{}"}, absl::Minutes(1), Into(&ended));
  service_->executions.StartAndWait(context_, {"wait", "b", "{}"}, absl::Seconds(2), Into(&cut));
  engine_.RunFor(absl::Seconds(3));
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_FALSE(cut->is_closed());
  EXPECT_FALSE(ended.ok());
  engine_.RunFor(absl::Seconds(3));
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->status, core::ExecutionStatus::kSucceeded);
}

TEST_F(Operations, ExpressIsWaitedForToItsEnd) {
  absl::StatusOr<runtime::ExecutionView> ended;
  service_->executions.StartAndWait(context_, {"fast", "", "{}"}, absl::Seconds(1), Into(&ended));
  engine_.RunFor(absl::Seconds(6));
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->status, core::ExecutionStatus::kSucceeded);
  EXPECT_THAT(ended->arn, HasSubstr(":express:fast:"));
}

TEST_F(Operations, ListIsPaged) {
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(Start("wait", name, "").ok());
  ListQuery query;
  query.page_size = 2;
  std::vector<std::string> names;
  do {
    absl::StatusOr<ListPage> page;
    service_->executions.List(context_, query, Into(&page));
    engine_.RunFor(absl::Milliseconds(1));
    ASSERT_TRUE(page.ok()) << page.status();
    for (const persistence::ExecutionRow& row : page->rows) names.push_back(row.name);
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"c", "b", "a"}));
}

TEST_F(Operations, StopChecksErrorAndCause) {
  ASSERT_TRUE(Start("wait", "e", "").ok());
  absl::StatusOr<absl::Time> stopped;
  service_->executions.Stop(context_, "wait/e", absl::nullopt, std::string(40'000, 'c'),
                            Into(&stopped));
  EXPECT_EQ(aws::ErrorOf(stopped.status()), aws::Error::kValidation);
  service_->executions.Stop(context_, "wait/e", std::string("Why"), absl::nullopt, Into(&stopped));
  engine_.RunFor(absl::Milliseconds(10));
  EXPECT_TRUE(stopped.ok()) << stopped.status();
}

TEST_F(Operations, AnswersByTokenAreTyped) {
  std::string token;
  engine_.Serve("q", [&](const runtime::QueuedTask& task, auto) { token = task.token; });
  ASSERT_TRUE(Start("task", "e", "").ok());
  ASSERT_FALSE(token.empty());
  absl::StatusOr<Empty> done;
  const auto send = [&](const std::string& with, const std::string& output) {
    service_->tasks.SendSuccess(context_, with, output, Into(&done));
    engine_.RunFor(absl::Milliseconds(10));
    return aws::ErrorOf(done.status());
  };
  EXPECT_EQ(send("forged", "{}"), aws::Error::kInvalidToken);
  EXPECT_EQ(send(token, "half {"), aws::Error::kInvalidOutput);
  EXPECT_EQ(send(token, "{}"), absl::nullopt);
  EXPECT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(send(token, "{}"), aws::Error::kTaskTimedOut);
}

// D6: two hundred wrong targets made a status that gRPC could not carry.
TEST_F(Operations, ManyErrorsOfADefinitionAreCutAndValidateGivesAll) {
  std::string definition = R"({"StartAt":"S0","States":{)";
  for (int i = 0; i < 200; ++i) {
    definition += (i > 0 ? "," : "") + ("\"S" + std::to_string(i)) +
                  R"(":{"Type":"Pass","Next":"NoSuchStateAnywhere"})";
  }
  definition += "}}";
  absl::StatusOr<MachineResult> created;
  runtime::NewMachine bad;
  bad.definition = definition;
  service_->machines.Create(context_, "bad", bad, Into(&created));
  absl::StatusOr<std::vector<asl::Diagnostic>> all;
  service_->machines.Validate(context_, definition, "STANDARD", Into(&all));
  engine_.RunFor(absl::Milliseconds(1));
  EXPECT_EQ(aws::ErrorOf(created.status()), aws::Error::kInvalidDefinition);
  EXPECT_LE(created.status().message().size(), kMaxMessageBytes);
  EXPECT_THAT(std::string(created.status().message()), HasSubstr("more; validate"));
  ASSERT_TRUE(all.ok());
  EXPECT_GE(all->size(), 200u);
}

// A5: this aborted the engine while a worker had granted credit for "".
TEST_F(Operations, TestStateRefusesAnEmptyQueue) {
  bool is_run = false;
  Settings settings;
  settings.run_task = [&](const CallContext&, const test_state::TaskCall&, auto) { is_run = true; };
  Serve(std::move(settings));
  test_state::Request request;
  request.definition = R"({"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
      "Parameters":{"FunctionName":""},"End":true})";
  request.role_arn = "arn:aws:iam::123456789012:role/r";
  absl::StatusOr<test_state::Response> answer;
  service_->test_states.Test(context_, request, Into(&answer));
  engine_.RunFor(absl::Milliseconds(10));
  EXPECT_FALSE(is_run);
}

class Nobody final : public Authorizer {
 public:
  absl::Status Check(const CallContext& context, absl::string_view operation,
                     absl::string_view resource) const override {
    asked.push_back(context.principal + "/" + std::string(operation) + "/" + std::string(resource));
    return aws::MakeError(aws::Error::kAccessDenied, "no");
  }
  mutable std::vector<std::string> asked;
};

TEST_F(Operations, AskWhoMayDoWhat) {
  Nobody nobody;
  Settings settings;
  settings.gate.authorizer = &nobody;
  Serve(std::move(settings));
  context_.principal = "ann";
  EXPECT_EQ(aws::ErrorOf(Start("wait", "e", "")), aws::Error::kAccessDenied);
  absl::StatusOr<HistoryPage> page;
  service_->histories.Get(context_, {"wait/e", 0, "", false, false}, Into(&page));
  absl::StatusOr<Empty> done;
  service_->machines.Delete(context_, "wait", Into(&done));
  service_->tasks.SendSuccess(context_, "token", "{}", Into(&done));
  absl::StatusOr<ClusterDescription> cluster;
  service_->cluster.Describe(context_, Into(&cluster));
  EXPECT_THAT(nobody.asked,
              ::testing::ElementsAre("ann/StartExecution/wait", "ann/GetExecutionHistory/wait/e",
                                     "ann/DeleteStateMachine/wait", "ann/SendTaskSuccess/",
                                     "ann/DescribeCluster/"));
  EXPECT_EQ(store_.ListExecutions({}, absl::nullopt, 10)->size(), 0u);
}

}  // namespace
}  // namespace pawl::service
