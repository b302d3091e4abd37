#include "engine/service/machines.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "engine/aws/error.h"
#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kMachine[] = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

std::string Definition(const std::string& comment) {
  return R"({"Comment":")" + comment +
         R"(","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";
}

class MachinesTest : public ServiceFixture {
 protected:
  // Runs an operation that takes `done` last.
  template <typename T, typename Call>
  absl::StatusOr<T> Run(const Call& call) {
    absl::StatusOr<T> result = absl::UnavailableError("not answered");
    call([&](absl::StatusOr<T> answer) { result = std::move(answer); });
    engine_.RunFor(absl::Milliseconds(1));
    return result;
  }
  absl::StatusOr<MachineResult> CreateWith(const std::string& definition, bool publishes = false,
                                           const std::string& description = "") {
    runtime::NewMachine machine;
    machine.definition = definition;
    machine.role_arn = "arn:aws:iam::000000000000:role/r";
    machine.publishes = publishes;
    machine.version_description = description;
    return Run<MachineResult>(
        [&](auto done) { service_->machines.Create(context_, "m", machine, std::move(done)); });
  }
  absl::StatusOr<MachineResult> Update(const runtime::MachineUpdate& update) {
    return Run<MachineResult>(
        [&](auto done) { service_->machines.Update(context_, kMachine, update, std::move(done)); });
  }
  absl::StatusOr<runtime::Version> Publish(const std::string& revision = "",
                                           const std::string& description = "") {
    return Run<runtime::Version>([&](auto done) {
      service_->machines.Publish(context_, kMachine, revision, description, std::move(done));
    });
  }
  static std::string Version(int number) {
    return std::string(kMachine) + ":" + std::to_string(number);
  }
  absl::StatusOr<NamedAlias> CreateAlias(const std::string& name, std::vector<RouteInput> routes,
                                         const std::string& description = "") {
    return Run<NamedAlias>([&](auto done) {
      service_->machines.CreateAlias(context_, {name, description, routes}, std::move(done));
    });
  }
  runtime::MachineUpdate NewDefinition(const std::string& comment) {
    runtime::MachineUpdate update;
    update.definition = Definition(comment);
    return update;
  }
};

// The rule of identity of Create: the text of the definition.
TEST_F(MachinesTest, CreateAgainMeetsTheSameTextOnly) {
  const auto first = CreateWith(Definition("1"));
  ASSERT_TRUE(first.ok()) << first.status();
  engine_.RunFor(absl::Seconds(1));
  const auto again = CreateWith(Definition("1"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->machine.revision.create_time, first->machine.revision.create_time);
  EXPECT_EQ(aws::ErrorOf(CreateWith(Definition("1") + " ").status()),
            aws::Error::kStateMachineAlreadyExists);
  // After an update it is the updated text that counts.
  ASSERT_TRUE(Update(NewDefinition("2")).ok());
  EXPECT_FALSE(CreateWith(Definition("1")).ok());
  EXPECT_TRUE(CreateWith(Definition("2")).ok());
}

TEST_F(MachinesTest, CreateAgainComparesWhatWasPublished) {
  ASSERT_EQ(CreateWith(Definition("1"), true, "one")->machine.version->number, 1);
  EXPECT_EQ(CreateWith(Definition("1"), true, "one")->machine.version->number, 1);
  EXPECT_THAT(std::string(CreateWith(Definition("1")).status().message()),
              HasSubstr("already created with a published version."));
  EXPECT_THAT(std::string(CreateWith(Definition("1"), true, "two").status().message()),
              HasSubstr("using a different description."));
  EXPECT_EQ(CreateWith(Definition("1"), false, "one").status().message(),
            "Version description can only be set when publish is true");
}

TEST_F(MachinesTest, UpdateThatChangesNothingAddsNoRevision) {
  ASSERT_TRUE(CreateWith(Definition("1")).ok());
  const auto same = Update(NewDefinition("1"));
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->machine.revision.revision, 1);
  EXPECT_EQ(runtime::RevisionId(same->machine.revision, same->machine.settings), "INITIAL");
  runtime::MachineUpdate logging;
  logging.logging.emplace();
  logging.logging->level = "ALL";
  EXPECT_EQ(aws::ErrorOf(Update(logging).status()), aws::Error::kInvalidLoggingConfiguration);
  logging.logging->log_groups = {"arn:aws:logs:us-east-1:000000000000:log-group:g:*"};
  const auto changed = Update(logging);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->machine.revision.revision, 2);
  EXPECT_EQ(changed->machine.settings.logging.level, "ALL");
  EXPECT_EQ(aws::ErrorOf(Update({}).status()), aws::Error::kMissingRequiredParameter);
}

// The rule of identity of Publish: the revision.
TEST_F(MachinesTest, PublishingARevisionAgainGivesItsVersion) {
  ASSERT_TRUE(CreateWith(Definition("1")).ok());
  EXPECT_EQ(Publish("INITIAL", "first")->number, 1);
  const auto again = Publish("", "other");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->number, 1);
  EXPECT_EQ(again->description, "first");
  const auto updated = Update(NewDefinition("2"));
  const std::string revision =
      runtime::RevisionId(updated->machine.revision, updated->machine.settings);
  EXPECT_EQ(Publish("INITIAL").status().message(),
            "Failed to publish the State Machine version for revision INITIAL. The current State "
            "Machine revision is " +
                revision + ".");
  EXPECT_EQ(Publish(revision)->number, 2);
}

TEST_F(MachinesTest, VersionNumbersNeverComeBack) {
  ASSERT_TRUE(CreateWith(Definition("1"), true).ok());
  const auto remove = [&](int number) {
    return Run<Empty>([&](auto done) {
      service_->machines.DeleteVersion(context_, Version(number), std::move(done));
    });
  };
  EXPECT_TRUE(remove(1).ok());
  EXPECT_TRUE(remove(1).ok()) << "again";
  EXPECT_EQ(Publish()->number, 2);
  ASSERT_TRUE(CreateAlias("live", {{Version(2), 100}}).ok());
  EXPECT_EQ(remove(2).status().message(),
            "Version to be deleted must not be referenced by an alias. Current list of aliases "
            "referencing this version: [live]");
}

TEST_F(MachinesTest, RoutesOfAnAliasAreChecked) {
  ASSERT_TRUE(CreateWith(Definition("1"), true).ok());
  ASSERT_TRUE(Update(NewDefinition("2")).ok());
  ASSERT_EQ(Publish()->number, 2);
  const auto message = [&](std::vector<RouteInput> routes) {
    return std::string(CreateAlias("live", std::move(routes)).status().message());
  };
  EXPECT_EQ(message({{Version(1), 70}, {Version(2), 29}}),
            "Sum of routing configuration weights must equal 100. Received: [70, 29]");
  EXPECT_EQ(message({{kMachine, 100}}),
            "Routing configuration must contain state machine version ARNs. Received: [" +
                std::string(kMachine) + "]");
  EXPECT_THAT(message({{Version(1), 50}, {Version(1), 50}}), HasSubstr("must contain distinct"));
  EXPECT_FALSE(CreateAlias("live", {{Version(3), 100}}).ok());
  ASSERT_TRUE(CreateAlias("live", {{Version(1), 100}}).ok());
  EXPECT_TRUE(CreateAlias("live", {{Version(1), 100}}).ok()) << "the same again";
  EXPECT_EQ(aws::ErrorOf(CreateAlias("live", {{Version(1), 100}}, "else").status()),
            aws::Error::kConflict);
}

TEST_F(MachinesTest, VersionsAndAliasesGoWithTheirMachine) {
  ASSERT_TRUE(CreateWith(Definition("1"), true).ok());
  ASSERT_TRUE(CreateAlias("live", {{Version(1), 100}}).ok());
  ASSERT_TRUE(Run<Empty>([&](auto done) {
                service_->machines.Delete(context_, kMachine, std::move(done));
              }).ok());
  ASSERT_TRUE(CreateWith(Definition("1")).ok());
  const auto aliases = Run<AliasPage>([&](auto done) {
    service_->machines.ListAliases(context_, kMachine, 0, "", std::move(done));
  });
  EXPECT_TRUE(aliases->aliases.empty());
  EXPECT_EQ(Publish()->number, 1);
}

// As at AWS: what still runs fails, and until then the machine is to be seen and takes nothing.
TEST_F(MachinesTest, DeletedMachineEndsItsExecutions) {
  ASSERT_TRUE(
      CreateWith(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}})")
          .ok());
  const auto ref = engine_.Start("m", "open", "{}");
  ASSERT_TRUE(ref.ok());
  engine_.RunFor(absl::Milliseconds(1));
  absl::StatusOr<Empty> deleted;
  absl::StatusOr<MachineDescription> described;
  absl::StatusOr<runtime::StartResult> started;
  absl::StatusOr<MachineResult> created;
  service_->machines.Delete(context_, kMachine, [&](const auto& result) {
    deleted = result;
    service_->machines.Describe(context_, kMachine, 0, [&](const auto& d) { described = d; });
    service_->executions.Start(context_, {kMachine, "late", "{}"},
                               [&](const auto& s) { started = s; });
    runtime::NewMachine again;
    again.definition = Definition("2");
    service_->machines.Create(context_, "m", again, [&](const auto& c) { created = c; });
  });
  ASSERT_TRUE(engine_.RunUntilClosed(*ref, absl::Seconds(5)));
  EXPECT_TRUE(deleted.ok()) << deleted.status();
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_TRUE(described->is_deleting);
  EXPECT_EQ(aws::ErrorOf(started.status()), aws::Error::kStateMachineDeleting);
  EXPECT_EQ(aws::ErrorOf(created.status()), aws::Error::kStateMachineDeleting);
  const auto live = engine_.Load(*ref);
  EXPECT_EQ((*live)->state.error(), "States.Runtime");
  EXPECT_EQ((*live)->state.cause(), "State machine m has been deleted");
  engine_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(CreateWith(Definition("2")).ok()) << "when it is over";
}

// The engine died between the mark and the deed: whoever opens the store finishes it.
TEST_F(MachinesTest, DeletionGoesOnAfterACrash) {
  ASSERT_TRUE(CreateWith(Definition("1")).ok());
  ASSERT_TRUE(store_.PutDocument({context_.ns, runtime::kDeletingDocument, "m", 1, ""}).ok());
  runtime::InProcessOptions options;
  options.store = &store_;
  options.start = engine_.now() + absl::Seconds(1);
  runtime::InProcessEngine next(options);
  ASSERT_TRUE(next.Open().ok());
  next.RunFor(absl::Seconds(1));
  EXPECT_TRUE(absl::IsNotFound(store_.GetMachine(context_.ns, "m").status()));
  EXPECT_FALSE(*runtime::IsDeleting(&store_, {context_.ns, "m"}));
}

TEST_F(MachinesTest, ListsAreReadInPages) {
  ASSERT_TRUE(CreateWith(Definition("0"), true).ok());
  for (int i = 1; i < 5; ++i) {
    ASSERT_TRUE(Update(NewDefinition(std::to_string(i))).ok());
    ASSERT_TRUE(Publish().ok());
  }
  std::vector<int64_t> numbers;
  std::string token;
  do {
    const auto page = Run<VersionPage>([&](auto done) {
      service_->machines.ListVersions(context_, kMachine, 2, token, std::move(done));
    });
    ASSERT_TRUE(page.ok()) << page.status();
    for (const runtime::Version& version : page->versions) numbers.push_back(version.number);
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_THAT(numbers, ElementsAre(5, 4, 3, 2, 1));
}

// A draw of one in ten, 10,000 times: five standard deviations are 150.
TEST_F(MachinesTest, AliasDrawsByWeightAndTheExecutionRemembersIt) {
  ASSERT_TRUE(CreateWith(Definition("1"), true).ok());
  ASSERT_TRUE(Update(NewDefinition("2")).ok());
  ASSERT_EQ(Publish()->number, 2);
  ASSERT_TRUE(CreateAlias("live", {{Version(1), 90}, {Version(2), 10}}).ok());
  for (int i = 0; i < 10'000; ++i) {
    service_->executions.Start(context_, {std::string(kMachine) + ":live", "", "{}"},
                               [](const auto& started) { EXPECT_TRUE(started.ok()); });
    if (i % 100 == 99) engine_.RunFor(absl::Milliseconds(10));
  }
  engine_.RunFor(absl::Seconds(1));
  std::map<int64_t, int> drawn;
  ListQuery query;
  query.machine = std::string(kMachine) + ":live";
  query.page_size = 1'000;
  do {
    const auto page = Run<ListPage>(
        [&](auto done) { service_->executions.List(context_, query, std::move(done)); });
    ASSERT_TRUE(page.ok()) << page.status();
    for (const persistence::ExecutionRow& row : page->rows) {
      EXPECT_EQ(row.alias, "live");
      EXPECT_EQ(row.revision, row.version) << "what it was drawn for";
      ++drawn[row.version];
    }
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_EQ(drawn[1] + drawn[2], 10'000);
  EXPECT_NEAR(drawn[2], 1'000, 150);
  query.machine = Version(2);
  query.page_size = 1;
  const auto by_version = Run<ListPage>(
      [&](auto done) { service_->executions.List(context_, query, std::move(done)); });
  EXPECT_EQ(by_version->rows[0].version, 2);
}

TEST_F(MachinesTest, StartsByWhatIsNotThereAreRefused) {
  ASSERT_TRUE(CreateWith(Definition("1")).ok());
  for (const char* qualifier : {":7", ":nope"}) {
    const auto started = Run<runtime::StartResult>([&](auto done) {
      service_->executions.Start(context_, {std::string(kMachine) + qualifier, "", "{}"},
                                 std::move(done));
    });
    EXPECT_EQ(aws::ErrorOf(started.status()), aws::Error::kStateMachineDoesNotExist);
  }
}

}  // namespace
}  // namespace pawl::service
