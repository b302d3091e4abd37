// What the SQLite store says while its disk is full, broken, read-only or damaged, and that it goes
// on by itself afterwards.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "persistence/sqlite/database.h"
#include "persistence/sqlite/faulty_vfs.h"
#include "persistence/sqlite/sqlite_store.h"
#include "persistence/test_places.h"

namespace pawl::persistence {
namespace {

using ::testing::HasSubstr;
using Call = FaultyVfs::Call;
using Kind = CommitOutcome::Kind;

constexpr SlotRange kAll = {};

class SqliteFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    SqliteOptions options;
    options.reopen_backoff = absl::ZeroDuration();
    auto store = OpenSqliteStore(folder_.path(), options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    Take();
    ASSERT_EQ(CommitOne().kind, Kind::kCommitted);
  }
  void Take() {
    const auto range = store_->TakeRange(kAll, {"a", "", absl::Hours(1)});
    ASSERT_TRUE(range.ok()) << range.status();
    range_ = *range;
  }
  CommitOutcome CommitOne(size_t bytes = 100) {
    CommitBatch batch;
    batch.range = kAll;
    batch.epoch = range_.epoch;
    batch.batch_seq = range_.batch_seq + 1;
    batch.history = {
        {.ref = {Slot(1), 1}, .sequence = batch.batch_seq, .record = std::string(bytes, 'x')}};
    CommitOutcome outcome = store_->Commit(batch);
    if (outcome.kind == Kind::kCommitted) ++range_.batch_seq;
    return outcome;
  }
  void ExpectMended(int64_t rows) {
    disk_.Heal();
    EXPECT_EQ(CommitOne().kind, Kind::kCommitted) << "by itself";
    const auto history = store_->ReadHistory({Slot(1), 1}, 1, 100, false);
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_EQ(static_cast<int64_t>(history->size()), rows);
  }
  std::string path() const {
    return std::filesystem::path(folder_.path() + "/pawl.db").lexically_normal().string();
  }

  TempFolder folder_;
  FaultyVfs disk_;
  std::unique_ptr<Store> store_;
  RangeState range_;
};

TEST_F(SqliteFaults, FullDiskIsSaidWithItsRemedyAndNothingIsWritten) {
  disk_.Fail(Call::kWrite, SQLITE_FULL);
  for (int i = 0; i < 3; ++i) {
    const CommitOutcome outcome = CommitOne();
    EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
    EXPECT_EQ(outcome.code, absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(outcome.message, HasSubstr("free space"));
    EXPECT_THAT(outcome.message, HasSubstr(path()));
  }
  EXPECT_EQ(store_->RenewLease(kAll, range_.epoch, absl::Hours(1)).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(store_->ReadHistory({Slot(1), 1}, 1, 9, false).ok()) << "reads go on";
  ExpectMended(2);
}

TEST_F(SqliteFaults, FailedSyncAtCommitIsUnknownAndTheStoreMendsItself) {
  disk_.Fail(Call::kSync, SQLITE_IOERR_FSYNC);
  EXPECT_EQ(CommitOne().kind, Kind::kUnknown);
  // The new connection has to sync too before it is trusted, so nothing is sent.
  const CommitOutcome later = CommitOne();
  EXPECT_EQ(later.kind, Kind::kNotCommitted);
  EXPECT_EQ(later.code, absl::StatusCode::kUnavailable);
  EXPECT_THAT(later.message, HasSubstr("disk"));
  EXPECT_EQ(store_->TakeRange(kAll, {"a", "", absl::Hours(1)}).status().code(),
            absl::StatusCode::kUnavailable);
  disk_.Heal();
  Take();
  EXPECT_EQ(range_.batch_seq, 1) << "what was unknown is overwritten";
  ExpectMended(2);
  store_.reset();
  auto reopened = OpenSqliteStore(folder_.path());
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ((*reopened)->ReadHistory({Slot(1), 1}, 1, 9, false)->size(), 2u);
}

TEST_F(SqliteFaults, FailedWriteBeforeCommitIsNotCommitted) {
  // More than the page cache holds is spilled before the COMMIT.
  disk_.Fail(Call::kWrite, SQLITE_IOERR_WRITE);
  const CommitOutcome outcome = CommitOne(size_t{100} << 20);
  EXPECT_NE(outcome.kind, Kind::kCommitted);
  EXPECT_THAT(outcome.message, HasSubstr(path()));
  disk_.Heal();
  Take();
  ExpectMended(2);
}

TEST_F(SqliteFaults, ReadOnlyFolderIsSaidWithItsPath) {
  disk_.Fail(Call::kWrite, SQLITE_READONLY);
  disk_.Fail(Call::kOpen, SQLITE_CANTOPEN);
  for (int i = 0; i < 3; ++i) {
    const CommitOutcome outcome = CommitOne();
    ASSERT_TRUE(outcome.kind == Kind::kNotCommitted || (i == 0 && outcome.kind == Kind::kUnknown));
    EXPECT_EQ(outcome.code, absl::StatusCode::kUnavailable);
    EXPECT_THAT(outcome.message, HasSubstr("rights"));
    EXPECT_THAT(outcome.message, HasSubstr(i == 0 ? path() : "the engine"));
  }
  disk_.Heal();
  Take();
  ExpectMended(2);
}

TEST_F(SqliteFaults, BackoffKeepsTheDiskFromBeingAskedAtEveryCall) {
  store_.reset();
  SqliteOptions options;
  options.reopen_backoff = absl::Hours(1);
  store_ = *OpenSqliteStore(folder_.path(), options);
  Take();
  disk_.Fail(Call::kSync, SQLITE_IOERR_FSYNC);
  EXPECT_EQ(CommitOne().kind, Kind::kUnknown);
  EXPECT_EQ(CommitOne().kind, Kind::kNotCommitted) << "the first attempt is made at once";
  disk_.Heal();
  EXPECT_EQ(CommitOne().kind, Kind::kNotCommitted) << "the second one waits";
}

TEST_F(SqliteFaults, ReadersAreOpenedAnewAfterAnError) {
  disk_.Fail(Call::kRead, SQLITE_IOERR_READ);
  const auto broken = store_->ListMachines("ns", "", 10);
  ASSERT_EQ(broken.status().code(), absl::StatusCode::kUnavailable) << broken.status();
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("disk"));
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("pawl.db"));
  disk_.Heal();
  EXPECT_TRUE(store_->ListMachines("ns", "", 10).ok());
}

TEST_F(SqliteFaults, MissingTableOnlyARestoreHelps) {
  {
    auto db = Database::Open(path(), SQLITE_OPEN_READWRITE);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Run("ALTER TABLE history RENAME TO lost").ok());
  }
  const CommitOutcome outcome = CommitOne();
  EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
  EXPECT_EQ(outcome.code, absl::StatusCode::kDataLoss);
  EXPECT_THAT(outcome.message, HasSubstr("restore a backup"));
  EXPECT_EQ(store_->ReadHistory({Slot(1), 1}, 1, 9, false).status().code(),
            absl::StatusCode::kDataLoss);
  auto db = Database::Open(path(), SQLITE_OPEN_READWRITE);
  ASSERT_TRUE((*db)->Run("ALTER TABLE lost RENAME TO history").ok());
  ExpectMended(2);
}

TEST_F(SqliteFaults, ReadBeyondItsLimitEnds) {
  store_.reset();
  SqliteOptions options;
  options.listing_limit = -absl::Seconds(1);
  store_ = *OpenSqliteStore(folder_.path(), options);
  Take();
  CommitBatch batch;
  batch.range = kAll;
  batch.epoch = range_.epoch;
  batch.batch_seq = range_.batch_seq + 1;
  for (int64_t id = 10; id < 3'000; ++id) {
    ExecutionRow row;
    row.ref = {Slot(1), id};
    row.name = absl::StrCat("e", id);
    batch.starts.push_back(row);
  }
  ASSERT_EQ(store_->Commit(batch).kind, Kind::kCommitted);
  const auto listed = store_->ListExecutions({}, absl::nullopt, 10'000);
  EXPECT_EQ(listed.status().code(), absl::StatusCode::kDeadlineExceeded) << listed.status();
  EXPECT_TRUE(store_->GetExecution({Slot(1), 10}).ok()) << "other kinds have limits of their own";
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST(SqliteFiles, AreForTheirUserOnlyInAnExistingFolderToo) {
  TempFolder temp;
  const mode_t before = umask(0022);
  chmod(temp.path().c_str(), 0755);
  auto store = OpenSqliteStore(temp.path());
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  EXPECT_EQ(ModeOf(temp.path()), 0700u);
  for (const char* file : {"pawl.db", "pawl.db-wal", "pawl.db-shm", "pawl.lock"}) {
    EXPECT_EQ(ModeOf(absl::StrCat(temp.path(), "/", file)), 0600u) << file;
  }
  store->reset();
  chmod(absl::StrCat(temp.path(), "/pawl.db").c_str(), 0644);  // as older builds left it
  ASSERT_TRUE(OpenSqliteStore(temp.path()).ok());
  EXPECT_EQ(ModeOf(absl::StrCat(temp.path(), "/pawl.db")), 0600u);
  umask(before);
}

TEST(SqliteFiles, FolderOfOtherProgramsKeepsItsRights) {
  TempFolder temp;
  std::ofstream(temp.path() + "/somebody-elses") << "x";
  chmod(temp.path().c_str(), 0755);
  ASSERT_TRUE(OpenSqliteStore(temp.path()).ok());
  EXPECT_EQ(ModeOf(temp.path()), 0755u);
  EXPECT_EQ(ModeOf(temp.path() + "/pawl.db"), 0600u);
}

}  // namespace
}  // namespace pawl::persistence
