// The contract of documents, and of what versions, aliases and redrives write beside executions.
#include <gmock/gmock.h>

#include <thread>

#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using ::testing::ElementsAre;

Document DocumentOf(const std::string& name, int64_t revision, const std::string& record) {
  return {"000000000000", "activity", name, revision, record};
}

TEST_P(StoreContract, DocumentIsWrittenOnTopOfWhatWasRead) {
  const std::string record("r\0\xFF", 3);
  const auto get = [&] { return store().GetDocument("000000000000", "activity", "a"); };
  EXPECT_EQ(get().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store().PutDocument(DocumentOf("a", 2, "")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store().PutDocument(DocumentOf("a", 0, "")).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(store().PutDocument(DocumentOf("a", 1, record)).ok());
  EXPECT_EQ(store().PutDocument(DocumentOf("a", 1, "")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(get()->record, record);
  ASSERT_TRUE(store().PutDocument(DocumentOf("a", 2, "second")).ok());
  Reopen();
  EXPECT_EQ(get()->record, "second");
  EXPECT_EQ(get()->revision, 2);
}

TEST_P(StoreContract, DocumentIsDeletedAsItWasRead) {
  ASSERT_TRUE(store().PutDocument(DocumentOf("a", 1, "")).ok());
  const auto remove = [&](int64_t revision) {
    return store().DeleteDocument("000000000000", "activity", "a", revision).code();
  };
  EXPECT_EQ(remove(2), absl::StatusCode::kAborted);
  EXPECT_EQ(remove(1), absl::StatusCode::kOk);
  EXPECT_EQ(remove(1), absl::StatusCode::kAborted);
  EXPECT_TRUE(store().PutDocument(DocumentOf("a", 1, "again")).ok());
}

TEST_P(StoreContract, OneOfManyConcurrentWritersPutsADocument) {
  for (int64_t revision = 1; revision <= 3; ++revision) {
    std::atomic<int> written{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        const absl::Status status = store().PutDocument(DocumentOf("a", revision, "r"));
        if (status.ok()) ++written;
        EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(written, 1);
  }
}

TEST_P(StoreContract, DocumentsAreListedByNameWithinTheirKind) {
  for (const char* name : {"b", "a", "C", "\xC3\xA9"}) {
    ASSERT_TRUE(store().PutDocument(DocumentOf(name, 1, name)).ok());
  }
  Document other = DocumentOf("b", 1, "other");
  other.kind = "machine";
  ASSERT_TRUE(store().PutDocument(other).ok());
  const auto list = [&](const std::string& after, int limit) {
    const auto documents = store().ListDocuments("000000000000", "activity", after, limit);
    EXPECT_TRUE(documents.ok()) << documents.status();
    std::vector<std::string> records;
    for (const Document& document : *documents) records.push_back(document.record);
    return records;
  };
  EXPECT_THAT(list("", 10), ElementsAre("C", "a", "b", "\xC3\xA9"));
  EXPECT_THAT(list("", 2), ElementsAre("C", "a"));
  EXPECT_THAT(list("a", 1), ElementsAre("b"));
  EXPECT_TRUE(store().ListDocuments("other", "activity", "", 10)->empty());
}

MachineRevision FirstRevision() {
  MachineRevision revision;
  revision.ns = "000000000000";
  revision.name = "a";
  revision.revision = 1;
  revision.definition = "{}";
  revision.type = "STANDARD";
  revision.settings = std::string("s\0\xFF", 3);
  return revision;
}

TEST_P(StoreContract, RevisionAndItsDocumentAreWrittenTogetherOrNotAtAll) {
  Document document = DocumentOf("a", 2, "record");
  document.kind = kMachineDocument;
  EXPECT_EQ(store().AddRevision(FirstRevision(), document).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*store().LatestRevision("000000000000", "a"), 0);
  document.revision = 1;
  ASSERT_TRUE(store().AddRevision(FirstRevision(), document).ok());
  EXPECT_EQ(store().GetDocument(document.ns, document.kind, "a")->record, "record");
  EXPECT_EQ(store().GetMachine(document.ns, "a")->settings, FirstRevision().settings);
  MachineRevision again = FirstRevision();
  again.revision = 1;
  document.revision = 2;
  EXPECT_EQ(store().AddRevision(again, document).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(store().GetDocument(document.ns, document.kind, "a")->revision, 1);
}

TEST_P(StoreContract, DocumentOfAMachineGoesWithIt) {
  Document document = DocumentOf("a", 1, "record");
  document.kind = kMachineDocument;
  Document activity = DocumentOf("a", 1, "stays");
  ASSERT_TRUE(store().PutDocument(activity).ok());
  ASSERT_TRUE(store().AddRevision(FirstRevision(), document).ok());
  ASSERT_TRUE(store().DeleteMachine(document.ns, "a").ok());
  EXPECT_EQ(store().GetDocument(document.ns, document.kind, "a").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(store().GetDocument(activity.ns, activity.kind, "a").ok());
}

TEST_P(StoreContract, ExecutionsAreListedByVersionAndAlias) {
  int64_t id = 0;
  const auto start = [&](const std::string& name, int64_t version, const std::string& alias) {
    ExecutionRow row = Execution(++id, name);
    row.version = version;
    row.alias = alias;
    Start(row);
    return row;
  };
  const ExecutionRow plain = start("plain", 0, "");
  const ExecutionRow direct = start("direct", 1, "");
  const ExecutionRow through = start("through", 1, "live");
  start("newer", 2, "live");
  const auto list = [&](int64_t version, const std::string& alias, const std::string& prefix) {
    ListFilter filter;
    filter.ns = plain.ns;
    filter.machine = plain.machine;
    filter.version = version;
    filter.alias = alias;
    filter.name_prefix = prefix;
    const auto rows = store().ListExecutions(filter, absl::nullopt, 10);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return NamesOf(*rows);
  };
  EXPECT_THAT(list(1, "", ""), ::testing::UnorderedElementsAre("direct", "through"));
  EXPECT_THAT(list(0, "live", ""), ::testing::UnorderedElementsAre("through", "newer"));
  EXPECT_THAT(list(1, "live", ""), ElementsAre("through"));
  EXPECT_THAT(list(1, "", "dir"), ElementsAre("direct"));
  EXPECT_EQ(*store().GetExecution(through.ref), through);
}

TEST_P(StoreContract, RedriveIsWrittenBesideTheUpdateThatOpens) {
  ExecutionRow row = Execution(1, "again");
  Start(row);
  CommitBatch batch;
  batch.updates.push_back({row.ref, Status::kRunning});
  batch.redrives.push_back({row.ref, 3, absl::FromUnixMicros(77)});
  Commit(std::move(batch));
  row.redrive_count = 3;
  row.redrive_time = absl::FromUnixMicros(77);
  EXPECT_EQ(*store().GetExecution(row.ref), row);
}

}  // namespace
}  // namespace pawl::persistence
