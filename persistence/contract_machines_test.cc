// The contract of state machines and settings.
#include <gmock/gmock.h>

#include <thread>

#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using ::testing::ElementsAre;

MachineRevision Revision(const std::string& name, int64_t number, int64_t created_micros = 100) {
  MachineRevision revision;
  revision.ns = "000000000000";
  revision.name = name;
  revision.revision = number;
  revision.definition = "{\"Comment\": \"it's \\\\ " + std::to_string(number) + "\"}";
  revision.role_arn = "arn:aws:iam::000000000000:role/r";
  revision.type = "STANDARD";
  revision.create_time = absl::FromUnixMicros(created_micros);
  revision.revision_time = absl::FromUnixMicros(created_micros + number);
  return revision;
}

TEST_P(StoreContract, RevisionsAreAddedInOrderAndReadBack) {
  const std::string ns = "000000000000";
  EXPECT_EQ(*store().LatestRevision(ns, "A"), 0);
  EXPECT_EQ(store().GetMachine(ns, "A").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store().AddRevision(Revision("A", 1)).ok());
  ASSERT_TRUE(store().AddRevision(Revision("A", 2)).ok());
  const auto current = store().GetMachine(ns, "A");
  ASSERT_TRUE(current.ok()) << current.status();
  EXPECT_EQ(current->revision, 2);
  EXPECT_EQ(current->definition, Revision("A", 2).definition);
  EXPECT_EQ(current->role_arn, Revision("A", 2).role_arn);
  EXPECT_EQ(current->type, "STANDARD");
  EXPECT_EQ(current->create_time, absl::FromUnixMicros(100));
  EXPECT_EQ(current->revision_time, absl::FromUnixMicros(102));
  EXPECT_EQ(store().GetRevision(ns, "A", 1)->definition, Revision("A", 1).definition);
  EXPECT_EQ(store().GetRevision(ns, "A", 3).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().GetMachine("other", "A").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, RevisionThatIsNotTheNextIsAborted) {
  EXPECT_EQ(store().AddRevision(Revision("A", 2)).code(), absl::StatusCode::kAborted);
  ASSERT_TRUE(store().AddRevision(Revision("A", 1)).ok());
  EXPECT_EQ(store().AddRevision(Revision("A", 1)).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store().AddRevision(Revision("A", 3)).code(), absl::StatusCode::kAborted);
  MachineRevision bad = Revision("A", 2);
  bad.definition = std::string("{\0}", 3);
  EXPECT_EQ(store().AddRevision(bad).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*store().LatestRevision(bad.ns, "A"), 1);
}

TEST_P(StoreContract, OneOfManyConcurrentWritersAddsARevision) {
  for (int64_t number = 1; number <= 3; ++number) {
    std::atomic<int> added{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        const absl::Status status = store().AddRevision(Revision("A", number));
        if (status.ok()) ++added;
        EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(added, 1);
  }
  EXPECT_EQ(*store().LatestRevision("000000000000", "A"), 3);
}

TEST_P(StoreContract, DeletedMachineKeepsItsRevisionsAndItsNumbers) {
  const std::string ns = "000000000000";
  ASSERT_TRUE(store().AddRevision(Revision("A", 1)).ok());
  ASSERT_TRUE(store().DeleteMachine(ns, "A").ok());
  EXPECT_EQ(store().DeleteMachine(ns, "A").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().DeleteMachine(ns, "never").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().GetMachine(ns, "A").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store().GetRevision(ns, "A", 1).ok());
  EXPECT_EQ(*store().LatestRevision(ns, "A"), 1);
  EXPECT_EQ(store().AddRevision(Revision("A", 1)).code(), absl::StatusCode::kAborted);
  ASSERT_TRUE(store().AddRevision(Revision("A", 2, 500)).ok());
  EXPECT_EQ(store().GetMachine(ns, "A")->create_time, absl::FromUnixMicros(500));
  EXPECT_EQ(store().GetRevision(ns, "A", 1)->create_time, absl::FromUnixMicros(100));
}

TEST_P(StoreContract, UpdateKeepsTheMachinesCreationTime) {
  ASSERT_TRUE(store().AddRevision(Revision("A", 1, 100)).ok());
  ASSERT_TRUE(store().AddRevision(Revision("A", 2, 900)).ok());
  EXPECT_EQ(store().GetMachine("000000000000", "A")->create_time, absl::FromUnixMicros(100));
}

TEST_P(StoreContract, MachinesAreListedByNameInPages) {
  for (const char* name : {"b", "a", "C", "d", "\xC3\xA9"}) {
    ASSERT_TRUE(store().AddRevision(Revision(name, 1)).ok());
  }
  ASSERT_TRUE(store().AddRevision(Revision("a", 2)).ok());
  ASSERT_TRUE(store().DeleteMachine("000000000000", "b").ok());
  const auto list = [&](const std::string& after, int limit) {
    const auto machines = store().ListMachines("000000000000", after, limit);
    EXPECT_TRUE(machines.ok()) << machines.status();
    std::vector<std::string> result;
    for (const MachineRevision& machine : *machines) {
      EXPECT_EQ(machine.definition, "");
      result.push_back(machine.name + ":" + std::to_string(machine.revision));
    }
    return result;
  };
  EXPECT_THAT(list("", 10), ElementsAre("C:1", "a:2", "d:1", "\xC3\xA9:1"));
  EXPECT_THAT(list("", 2), ElementsAre("C:1", "a:2"));
  EXPECT_THAT(list("a", 2), ElementsAre("d:1", "\xC3\xA9:1"));
}

TEST_P(StoreContract, SettingKeepsItsFirstValue) {
  const std::string secret("k\0\xFF\\", 4);
  EXPECT_EQ(*store().GetOrCreateSetting("token-key", secret), secret);
  EXPECT_EQ(*store().GetOrCreateSetting("token-key", "other"), secret);
  EXPECT_EQ(*store().GetOrCreateSetting("empty", ""), "");
  Reopen();
  EXPECT_EQ(*store().GetOrCreateSetting("token-key", "third"), secret);
}

}  // namespace
}  // namespace pawl::persistence
