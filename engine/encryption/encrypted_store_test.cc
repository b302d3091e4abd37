#include "engine/encryption/encrypted_store.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/runtime/in_process_engine.h"
#include "persistence/memory/memory_store.h"
#include "persistence/sqlite/sqlite_store.h"
#include "tests/support/engine_process.h"

namespace pawl::encryption {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMarker[] = "MARKER-of-a-payload";
constexpr char kMachine[] = R"({"StartAt":"A","States":{
    "A":{"Type":"Pass","Result":"MARKER-of-a-payload","ResultPath":"$.a","Next":"W"},
    "W":{"Type":"Wait","Seconds":60,"Next":"B"},
    "B":{"Type":"Pass","End":true}}})";

std::shared_ptr<const RecordCipher> CipherOf(const std::string& digits) {
  std::string file;
  for (const char digit : digits) absl::StrAppend(&file, std::string(64, digit), "\n");
  return std::make_shared<RecordCipher>(*auth::MasterKeys::Parse(file));
}

const Place kPlace{{persistence::Slot(7), 3}, 1};

TEST(RecordCipher, OpensWhatItSealsAndNothingElse) {
  const auto cipher = CipherOf("a");
  const std::string sealed = *cipher->Seal(kPlace, kMarker);
  EXPECT_TRUE(RecordCipher::IsSealed(sealed));
  EXPECT_THAT(sealed, Not(HasSubstr("MARKER")));
  EXPECT_NE(sealed, *cipher->Seal(kPlace, kMarker));
  EXPECT_EQ(*cipher->Open(kPlace, sealed), kMarker);
  EXPECT_EQ(*cipher->Open(kPlace, *cipher->Seal(kPlace, "")), "");
  EXPECT_EQ(*cipher->Open(kPlace, "plain as before"), "plain as before");
  // Rows that change places do not open.
  for (const Place& other :
       {Place{{persistence::Slot(7), 3}, 2}, Place{{persistence::Slot(7), 4}, 1},
        Place{{persistence::Slot(8), 3}, 1}, Place{kPlace.ref, 0}}) {
    EXPECT_TRUE(absl::IsDataLoss(cipher->Open(other, sealed).status()));
  }
  for (size_t i = 1; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(cipher->Open(kPlace, changed).status())) << i;
    EXPECT_TRUE(absl::IsDataLoss(cipher->Open(kPlace, sealed.substr(0, i)).status())) << i;
  }
}

TEST(RecordCipher, OlderKeysOpenAndTheFirstOneSeals) {
  const std::string old = *CipherOf("a")->Seal(kPlace, kMarker);
  const auto both = CipherOf("ba");
  EXPECT_EQ(*both->Open(kPlace, old), kMarker);
  EXPECT_FALSE(both->IsCurrent(old));
  EXPECT_TRUE(both->IsCurrent(*both->Seal(kPlace, kMarker)));
  const absl::Status missing = CipherOf("b")->Open(kPlace, old).status();
  EXPECT_TRUE(absl::IsDataLoss(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("--encryption-keys"));
}

// All bytes of all files.
std::string BytesIn(const std::string& folder) {
  std::stringstream all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) all << std::ifstream(entry.path(), std::ios::binary).rdbuf();
  }
  return all.str();
}

class EncryptedStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<persistence::Store> OpenBase() const {
    auto store = persistence::OpenSqliteStore(folder_.path());
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  // Begins or goes on with an execution, with `cipher`, if any: to its end, or until it is parked with
  // a checkpoint.
  void Run(const std::string& name, const std::shared_ptr<const RecordCipher>& cipher,
           bool to_its_end = true) {
    std::unique_ptr<persistence::Store> store = OpenBase();
    if (cipher != nullptr) {
      ASSERT_TRUE(CheckKeys(*cipher, *store).ok());
      store = std::make_unique<EncryptedStore>(std::move(store), cipher);
    }
    runtime::InProcessOptions options;
    options.store = store.get();
    options.runtime.park_after = absl::Seconds(1);
    options.runtime.checkpoint_events = 1;
    runtime::InProcessEngine engine(options);
    ASSERT_TRUE(engine.Open().ok());
    if (begun_.count(name) == 0) {
      std::vector<asl::Diagnostic> diagnostics;
      ASSERT_TRUE(engine.CreateMachine(name, kMachine, "", &diagnostics).ok());
      const auto started = engine.Start(name, "e", absl::StrCat("{\"in\":\"", kMarker, "\"}"));
      ASSERT_TRUE(started.ok());
      begun_[name] = *started;
    }
    const persistence::ExecutionRef ref = begun_[name];
    if (!to_its_end) {
      engine.RunFor(absl::Seconds(5));
      ASSERT_TRUE(store->LoadHistories({ref}, 0)->front().checkpoint.has_value());
      return;
    }
    ASSERT_TRUE(engine.RunUntilClosed(ref, absl::Hours(1)));
    ExpectOutput(engine, ref);
  }
  static void ExpectOutput(runtime::InProcessEngine& engine, persistence::ExecutionRef ref) {
    const auto live = engine.Load(ref);
    ASSERT_TRUE(live.ok()) << live.status();
    EXPECT_THAT((*live)->state.output().text(),
                AllOf(HasSubstr("\"in\":\"MARKER"), HasSubstr("\"a\":\"MARKER")));
  }

  const pawl::testing::TempFolder folder_;
  std::map<std::string, persistence::ExecutionRef> begun_;
};

TEST_F(EncryptedStoreTest, NoPayloadIsInTheFiles) {
  Run("plain", nullptr);
  // The definition holds the marker as well, and is no payload.
  const std::string payload = absl::StrCat("\"in\":\"", kMarker);
  EXPECT_THAT(BytesIn(folder_.path()), HasSubstr(payload));
  std::filesystem::remove_all(folder_.path());
  Run("sealed", CipherOf("a"));
  EXPECT_THAT(BytesIn(folder_.path()), Not(HasSubstr(payload)));
}

TEST_F(EncryptedStoreTest, WithoutItsKeysAStoreIsNotOpened) {
  EXPECT_TRUE(CheckIsPlain(*OpenBase()).ok());
  Run("m", CipherOf("a"));
  const auto base = OpenBase();
  EXPECT_THAT(std::string(CheckIsPlain(*base).message()), HasSubstr("--encryption-keys"));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckKeys(*CipherOf("b"), *base)));
  EXPECT_TRUE(CheckKeys(*CipherOf("ba"), *base).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckKeys(*CipherOf("a"), *base)))
      << "b may have sealed something by now";
}

TEST_F(EncryptedStoreTest, ReencryptionTakesWhatIsPlainAndWhatIsOld) {
  Run("plain", nullptr);
  Run("old", CipherOf("a"));
  Run("waits", CipherOf("a"), /*to_its_end=*/false);
  const auto cipher = CipherOf("ba");
  {
    const auto base = OpenBase();
    int calls = 0;
    const auto counts = Reencrypt(*cipher, *base, [&](const ReencryptCounts&) { ++calls; });
    ASSERT_TRUE(counts.ok()) << counts.status();
    EXPECT_EQ(counts->executions, 3);
    EXPECT_GE(counts->records, 2 + 2 + 2) << "histories, and a history with a checkpoint";
    EXPECT_EQ(counts->damaged, 0);
    EXPECT_GE(calls, 1);
    EXPECT_EQ(Reencrypt(*cipher, *base, [](const ReencryptCounts&) {})->records, 0);
    // The old key may go.
    EXPECT_TRUE(CheckKeys(*CipherOf("b"), *base).ok());
  }
  const auto only_new = CipherOf("b");
  Run("waits", only_new);
  auto base = OpenBase();
  EncryptedStore store(std::move(base), only_new);
  for (const auto& row : *store.ListExecutions({}, absl::nullopt, 10)) {
    const auto rows = store.ReadHistory(row.ref, 1, 100, false);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_TRUE(store.LoadHistories({row.ref}, 0)->front().status.ok());
  }
}

TEST_F(EncryptedStoreTest, ADamagedRowHarmsNothingElse) {
  const auto cipher = CipherOf("a");
  Run("one", cipher);
  Run("two", cipher);
  auto base = OpenBase();
  persistence::Store* const raw = base.get();
  const auto all = raw->ListExecutions({}, absl::nullopt, 10);
  ASSERT_EQ(all->size(), 2u);
  const auto ref = all->front().ref;
  const std::string record = raw->ReadHistory(ref, 2, 1, false)->front().record;
  std::string changed = record;
  changed.back() ^= 1;
  ASSERT_TRUE(raw->RewriteRecords({{ref, 2, record, changed}}).ok());
  EncryptedStore store(std::move(base), cipher);
  EXPECT_EQ(store.ReadHistory(ref, 1, 100, false)->size(), 1u);
  EXPECT_TRUE(absl::IsDataLoss(store.ReadHistory(ref, 2, 100, false).status()));
  EXPECT_TRUE(store.ReadHistory(all->back().ref, 1, 100, false).ok());
  const auto counts = Reencrypt(*CipherOf("ba"), *raw, [](const ReencryptCounts&) {});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->damaged, 1);
  EXPECT_THAT(counts->first_damage, HasSubstr("/e: "));
  EXPECT_FALSE(CheckKeys(*CipherOf("b"), *raw).ok()) << "the old key is still needed";
}

}  // namespace
}  // namespace pawl::encryption
