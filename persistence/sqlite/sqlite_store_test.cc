// What the SQLite store has beyond the contract.
#include "persistence/sqlite/sqlite_store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "persistence/sqlite/database.h"
#include "persistence/sqlite/writer.h"
#include "persistence/test_places.h"

namespace pawl::persistence {
namespace {

using ::testing::HasSubstr;
using Kind = CommitOutcome::Kind;

constexpr SlotRange kAll = {};

CommitBatch HistoryBatch(int64_t batch_seq, size_t bytes) {
  CommitBatch batch;
  batch.range = kAll;
  batch.epoch = 1;
  batch.batch_seq = batch_seq;
  batch.history = {{.ref = {Slot(1), 1}, .sequence = batch_seq, .record = std::string(bytes, 'x')}};
  return batch;
}

void Damage(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8192);
  const std::string garbage(10 * 8192, '\x5A');
  file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
}

TEST(SqliteStore, CreatesItsFolderForItsUserOnly) {
  TempFolder temp;
  const std::string folder = temp.path() + "/deep/data";
  ASSERT_TRUE(OpenSqliteStore(folder).ok());
  struct stat info = {};
  ASSERT_EQ(stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  auto db = Database::Open(folder + "/pawl.db", SQLITE_OPEN_READONLY);
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_EQ(*(*db)->QueryText("PRAGMA page_size"), "8192");
  EXPECT_EQ(*(*db)->QueryText("PRAGMA journal_mode"), "wal");
}

TEST(SqliteStore, SecondEngineIsRefusedWithTheHoldersPid) {
  TempFolder temp;
  const auto first = OpenSqliteStore(temp.path());
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = OpenSqliteStore(temp.path());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(temp.path()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(std::to_string(getpid())));
}

TEST(SqliteStore, FileOfANewerBuildIsRefusedWithARemedy) {
  TempFolder temp;
  ASSERT_TRUE(OpenSqliteStore(temp.path()).ok());
  {
    auto db = Database::Open(temp.path() + "/pawl.db", SQLITE_OPEN_READWRITE);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Run("UPDATE schema_version SET version = 1000").ok());
  }
  const auto store = OpenSqliteStore(temp.path());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("newer Pawl"));
}

TEST(SqliteStore, DamageIsReportedAtOpenAfterAnUncleanEnd) {
  TempFolder temp;
  {
    auto store = OpenSqliteStore(temp.path());
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
    for (int64_t seq = 1; seq <= 20; ++seq) {
      ASSERT_EQ((*store)->Commit(HistoryBatch(seq, 3000)).kind, Kind::kCommitted);
    }
  }
  SqliteOptions options;
  options.check_after_unclean_end = true;
  ASSERT_TRUE(OpenSqliteStore(temp.path(), options).ok());
  Damage(temp.path() + "/pawl.db");
  std::ofstream(temp.path() + "/pawl.lock") << "12345\n";  // what a killed engine leaves
  EXPECT_EQ(OpenSqliteStore(temp.path(), options).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SqliteStore, LogIsCopiedAtItsLimitAndEmptiedAtTheEnd) {
  TempFolder temp;
  SqliteOptions options;
  options.checkpoint_bytes = 1 << 20;
  const std::string wal = temp.path() + "/pawl.db-wal";
  auto store = OpenSqliteStore(temp.path(), options);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  for (int64_t seq = 1; seq <= 100; ++seq) {
    ASSERT_EQ((*store)->Commit(HistoryBatch(seq, 100'000)).kind, Kind::kCommitted);
  }
  EXPECT_LT(std::filesystem::file_size(wal), uintmax_t{3} << 20) << "10 MB were written";
  store->reset();
  EXPECT_FALSE(std::filesystem::exists(wal));
}

// While it lives, files of this process cannot grow beyond `bytes`: writing fails as on a broken
// disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(SqliteStore, FailedWriteAtCommitIsUnknownAndTheStoreGoesOnAfterwards) {
  TempFolder temp;
  const std::string wal = temp.path() + "/pawl.db-wal";
  auto store = OpenSqliteStore(temp.path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  ASSERT_EQ((*store)->Commit(HistoryBatch(1, 100)).kind, Kind::kCommitted);
  {
    FileSizeLimit limit(std::filesystem::file_size(wal) + 10'000);
    EXPECT_EQ((*store)->Commit(HistoryBatch(2, 100'000)).kind, Kind::kUnknown);
  }
  const auto taken = (*store)->TakeRange(kAll, {"a", "", absl::Hours(1)});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->batch_seq, 1);
  CommitBatch again = HistoryBatch(2, 100);
  again.epoch = taken->epoch;
  EXPECT_EQ((*store)->Commit(again).kind, Kind::kCommitted);
  store->reset();
  std::ofstream(temp.path() + "/pawl.lock") << "12345\n";  // have the file checked
  SqliteOptions options;
  options.check_after_unclean_end = true;
  store = OpenSqliteStore(temp.path(), options);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->ListRanges()->front().batch_seq, 2);
  EXPECT_EQ((*store)->ReadHistory({Slot(1), 1}, 1, 9, false)->size(), 2u);
}

TEST(SqliteWriter, FullDatabaseIsRolledBackAndTheWriterGoesOn) {
  TempFolder temp;
  const auto writer = Writer::Open(temp.path() + "/pawl.db", {});
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Write([](Database& db) { return db.Run("CREATE TABLE t (x)"); }).ok());
  const Writer::End end = (*writer)->Transact([](Database& db, int*) {
    absl::Status limited = db.Run("PRAGMA max_page_count = 10");
    return limited.ok() ? db.Run("INSERT INTO t VALUES (zeroblob(1000000))") : limited;
  });
  EXPECT_EQ(end.kind, Writer::End::Kind::kRolledBack);
  EXPECT_EQ(end.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(
      (*writer)->Write([](Database& db) { return db.Run("INSERT INTO t VALUES (1)"); }).ok());
}

TEST(SqliteStore, ReadsGoOnBesideCommits) {
  TempFolder temp;
  auto store = OpenSqliteStore(temp.path());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  std::atomic<int64_t> committed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {  // more than there are connections
    readers.emplace_back([&] {
      while (committed < 100) {
        const int64_t before = committed;
        const auto rows = (*store)->ReadHistory({Slot(1), 1}, 1, 1000, false);
        ASSERT_TRUE(rows.ok()) << rows.status();
        EXPECT_GE(static_cast<int64_t>(rows->size()), before) << "a commit that was reported";
      }
    });
  }
  for (int64_t seq = 1; seq <= 100; ++seq) {
    EXPECT_EQ((*store)->Commit(HistoryBatch(seq, 300)).kind, Kind::kCommitted);
    committed = seq;
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace pawl::persistence
