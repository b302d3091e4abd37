#include "engine/auth/access_keys.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// Calls back before and after each call of the store.
class Hooks final : public persistence::FaultPlan {
 public:
  persistence::CommitFault OnCommit(const persistence::CommitBatch&) override { return {}; }
  absl::Status BeforeCall(absl::string_view call) override {
    return before ? before(call) : absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view call) override {
    return after ? after(call) : absl::OkStatus();
  }
  std::function<absl::Status(absl::string_view)> before, after;
};

MasterKeys Master(char c = 'a') { return *MasterKeys::Parse(std::string(64, c)); }

class AccessKeysTest : public ::testing::Test {
 protected:
  // A key that must come to be.
  CreatedAccessKey Create(const std::string& name = "ci") {
    auto created = keys_.Create({name, "000000000000", {"developer"}}, now_);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? *created : CreatedAccessKey();
  }
  bool IsKnown(const AccessKeys& keys, const CreatedAccessKey& key) const {
    return keys.FindPrincipal(key.key.id, now_) != nullptr;
  }
  AccessKey StoredKey(const std::string& id) {
    return FromDocument(*memory_.GetDocument("", kKeyDocument, id))->key;
  }
  // As somebody with access to the database might.
  void Tamper(const std::string& id, const std::function<void(StoredAccessKey*)>& change) {
    auto stored = *FromDocument(*memory_.GetDocument("", kKeyDocument, id));
    change(&stored);
    ASSERT_TRUE(memory_.PutDocument(ToDocument(stored)).ok());
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  persistence::MemoryStore memory_;
  Hooks hooks_;
  persistence::FaultStore store_{&memory_, &hooks_};
  AccessKeys keys_{&store_, Master()};
  AccessKeys other_node_{&store_, Master()};
};

TEST_F(AccessKeysTest, NewKeyIsKnownAtOnce) {
  const CreatedAccessKey created = Create();
  EXPECT_THAT(created.key.id, MatchesRegex("PWL[A-Z2-7]{17}"));
  EXPECT_THAT(created.secret, MatchesRegex("[A-Za-z0-9_-]{40}"));
  EXPECT_EQ(keys_.FindSecret(created.key.id, now_), created.secret);
  const PrincipalRef principal = keys_.FindPrincipal(created.key.id, now_);
  ASSERT_NE(principal, nullptr);
  EXPECT_EQ(principal->name, "key/ci");
  EXPECT_EQ(principal->ns, "000000000000");
  EXPECT_EQ(principal->kind, Principal::Kind::kKey);
  EXPECT_THAT(principal->policies, SizeIs(1));
  const CreatedAccessKey second = Create("other");
  EXPECT_NE(second.key.id, created.key.id);
  EXPECT_NE(second.secret, created.secret);
}

TEST_F(AccessKeysTest, StoreHoldsNoSecret) {
  const CreatedAccessKey created = Create();
  const auto document = memory_.GetDocument("", kKeyDocument, created.key.id);
  ASSERT_TRUE(document.ok());
  for (size_t i = 0; i + 8 <= created.secret.size(); ++i) {
    EXPECT_FALSE(absl::StrContains(document->record, created.secret.substr(i, 8)));
  }
  EXPECT_EQ(keys_.List()[0].key.id, created.key.id);
}

TEST_F(AccessKeysTest, BearerIsIdAndSecret) {
  const CreatedAccessKey created = Create();
  const std::string& id = created.key.id;
  for (const char* separator : {".", ":"}) {
    const auto principal = keys_.VerifyBearer(absl::StrCat(id, separator, created.secret), now_);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ((*principal)->name, "key/ci");
  }
  std::string wrong = created.secret;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {std::string(), id, created.secret, absl::StrCat(id, ".", wrong),
        absl::StrCat(id, "/", created.secret), absl::StrCat(id, created.secret),
        absl::StrCat(id, ".", created.secret, "A"), absl::StrCat(id, ".", created.secret.substr(1)),
        absl::StrCat("PWLAAAAAAAAAAAAAAAAA.", created.secret),
        absl::StrCat(absl::AsciiStrToLower(id), ".", created.secret)}) {
    EXPECT_EQ(aws::ErrorOf(keys_.VerifyBearer(text, now_).status()),
              aws::Error::kUnrecognizedClient)
        << text;
  }
}

TEST_F(AccessKeysTest, RevocationCountsHereAtOnceAndElsewhereAfterRefresh) {
  const CreatedAccessKey created = Create();
  EXPECT_FALSE(IsKnown(other_node_, created));
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_TRUE(IsKnown(other_node_, created));
  ASSERT_TRUE(keys_.Revoke(created.key.id, now_).ok());
  EXPECT_FALSE(IsKnown(keys_, created));
  EXPECT_EQ(keys_.FindSecret(created.key.id, now_), absl::nullopt);
  EXPECT_TRUE(IsKnown(other_node_, created));
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_FALSE(IsKnown(other_node_, created));
  // Again changes nothing.
  const absl::Time revoked = StoredKey(created.key.id).revoke_time;
  EXPECT_TRUE(keys_.Revoke(created.key.id, now_ + absl::Hours(1)).ok());
  EXPECT_EQ(StoredKey(created.key.id).revoke_time, revoked);
  EXPECT_TRUE(absl::IsNotFound(keys_.Revoke("PWLAAAAAAAAAAAAAAAAA", now_)));
  EXPECT_TRUE(absl::IsNotFound(keys_.Revoke(std::string(10'000, 'x'), now_)));
}

TEST_F(AccessKeysTest, KeyExpiresByTheClock) {
  const auto created = keys_.Create({"ci", "", {"reader"}, now_ + absl::Minutes(10)}, now_);
  ASSERT_TRUE(created.ok()) << created.status();
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  now_ += absl::Minutes(10) - absl::Seconds(1);
  EXPECT_TRUE(IsKnown(keys_, *created));
  now_ += absl::Seconds(1);
  EXPECT_FALSE(IsKnown(keys_, *created));
  EXPECT_FALSE(IsKnown(other_node_, *created));
}

TEST_F(AccessKeysTest, TwoKeysOfOneNameOverlap) {
  const CreatedAccessKey old = Create();
  const CreatedAccessKey replacement = Create();
  EXPECT_TRUE(IsKnown(keys_, old));
  EXPECT_TRUE(IsKnown(keys_, replacement));
  const NewAccessKey third{"ci", "000000000000", {"reader"}};
  EXPECT_EQ(aws::ErrorOf(keys_.Create(third, now_).status()), aws::Error::kServiceQuotaExceeded);
  EXPECT_TRUE(keys_.Create({"ci", "", {"reader"}}, now_).ok()) << "another namespace's";
  ASSERT_TRUE(keys_.Revoke(old.key.id, now_).ok());
  EXPECT_TRUE(keys_.Create(third, now_).ok());
  EXPECT_TRUE(IsKnown(keys_, replacement));
}

TEST_F(AccessKeysTest, WhatIsWrongWithANewKeyIsSaid) {
  const std::vector<std::pair<NewAccessKey, const char*>> cases = {
      {{"", "", {"reader"}}, "1 to 64 letters"},
      {{"a b", "", {"reader"}}, "1 to 64 letters"},
      {{"a\n", "", {"reader"}}, "1 to 64 letters"},
      {{std::string(65, 'a'), "", {"reader"}}, "1 to 64 letters"},
      {{"a", "*", {"reader"}}, "must be an account"},
      {{"a", "", {}}, "needs a policy"},
      {{"a", "", {"root"}}, "a policy must be a JSON document or one of admin"},
      {{"a", "", {"{}"}}, "needs Statement"},
      {{"a", "", {"reader"}, now_}, "expired"},
  };
  for (const auto& [wanted, message] : cases) {
    const absl::Status status = keys_.Create(wanted, now_).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  EXPECT_THAT(keys_.List(), IsEmpty());
}

TEST_F(AccessKeysTest, RecordChangedInTheDatabaseIsRefused) {
  const std::vector<std::function<void(StoredAccessKey*)>> changes = {
      [](StoredAccessKey* s) { s->key.policies = {"admin"}; },
      [](StoredAccessKey* s) { s->key.policies.push_back("admin"); },
      [](StoredAccessKey* s) { s->key.ns = ""; },
      [](StoredAccessKey* s) { s->key.name = "root"; },
      [](StoredAccessKey* s) { s->key.expire_time = absl::FromUnixSeconds(2'000'000'000); },
      [](StoredAccessKey* s) { s->key.create_time += absl::Seconds(1); },
      [](StoredAccessKey* s) { s->secret.bytes.back() ^= 1; },
      [](StoredAccessKey* s) { s->secret.bytes.clear(); },
      [](StoredAccessKey* s) { s->secret.key_id = "x"; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    const CreatedAccessKey created = Create(absl::StrCat("key", i));
    Tamper(created.key.id, changes[i]);
    ASSERT_TRUE(keys_.Refresh(now_).ok());
    EXPECT_FALSE(IsKnown(keys_, created)) << i;
  }
  for (const AccessKeyInfo& info : keys_.List()) EXPECT_NE(info.damage, "") << info.key.id;
  // One key's secret under another one's id.
  const CreatedAccessKey weak = Create("weak");
  const CreatedAccessKey strong = Create("strong");
  const Sealed sealed = FromDocument(*memory_.GetDocument("", kKeyDocument, weak.key.id))->secret;
  Tamper(strong.key.id, [&](StoredAccessKey* s) { s->secret = sealed; });
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_FALSE(IsKnown(keys_, strong));
  EXPECT_TRUE(IsKnown(keys_, weak));
}

TEST_F(AccessKeysTest, UnreadableRecordHoldsUpNoOther) {
  const CreatedAccessKey good = Create();
  ASSERT_TRUE(memory_.PutDocument({"", kKeyDocument, "PWLAAAAAAAAAAAAAAAAA", 1, "\xFF\xFF"}).ok());
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_TRUE(IsKnown(other_node_, good));
  EXPECT_EQ(other_node_.FindPrincipal("PWLAAAAAAAAAAAAAAAAA", now_), nullptr);
  ASSERT_THAT(other_node_.List(), SizeIs(2));
  EXPECT_THAT(other_node_.List()[0].damage + other_node_.List()[1].damage,
              HasSubstr("cannot be read"));
  EXPECT_TRUE(other_node_.Delete("PWLAAAAAAAAAAAAAAAAA", now_).ok());
  EXPECT_THAT(other_node_.List(), SizeIs(1));
}

TEST_F(AccessKeysTest, KeyUnderAnotherMasterKeyIsDamaged) {
  const CreatedAccessKey created = Create();
  AccessKeys without(&store_, Master('b'));
  ASSERT_TRUE(without.Refresh(now_).ok());
  EXPECT_FALSE(IsKnown(without, created));
  EXPECT_THAT(without.List()[0].damage, HasSubstr("master key that was not given"));
  // It can be revoked all the same.
  EXPECT_TRUE(without.Revoke(created.key.id, now_).ok());
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_FALSE(IsKnown(keys_, created));
}

TEST_F(AccessKeysTest, LastUseIsWrittenOnceAnHour) {
  const CreatedAccessKey created = Create();
  const std::string& id = created.key.id;
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_EQ(StoredKey(id).last_use_time, absl::InfinitePast());
  const absl::Time first = now_;
  for (int minute = 0; minute < 60; ++minute) {
    EXPECT_TRUE(IsKnown(keys_, created));
    ASSERT_TRUE(keys_.Refresh(now_).ok());
    EXPECT_EQ(StoredKey(id).last_use_time, first);
    EXPECT_EQ(keys_.List()[0].key.last_use_time, now_);
    now_ += absl::Minutes(1);
  }
  EXPECT_TRUE(IsKnown(keys_, created));
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_EQ(StoredKey(id).last_use_time, now_);
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_EQ(other_node_.List()[0].key.last_use_time, now_);
  EXPECT_TRUE(keys_.Revoke(id, now_).ok());
}

TEST_F(AccessKeysTest, LastUseOfAnotherNodeDoesNotUndoARevocation) {
  const CreatedAccessKey created = Create();
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_TRUE(IsKnown(other_node_, created));
  ASSERT_TRUE(keys_.Revoke(created.key.id, now_).ok());
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_TRUE(StoredKey(created.key.id).is_revoked());
  EXPECT_FALSE(IsKnown(other_node_, created));
}

TEST_F(AccessKeysTest, ListingFromBeforeARevocationDoesNotUndoIt) {
  const CreatedAccessKey created = Create();
  bool is_done = false;
  hooks_.after = [&](absl::string_view call) {
    if (call == "ListDocuments" && !std::exchange(is_done, true)) {
      EXPECT_TRUE(keys_.Revoke(created.key.id, now_).ok());
    }
    return absl::OkStatus();
  };
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_TRUE(is_done);
  EXPECT_FALSE(IsKnown(keys_, created));
}

TEST_F(AccessKeysTest, ListingFromBeforeACreationDoesNotUndoIt) {
  CreatedAccessKey created;
  bool is_done = false;
  hooks_.after = [&](absl::string_view call) {
    if (call == "ListDocuments" && !std::exchange(is_done, true)) created = Create();
    return absl::OkStatus();
  };
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_TRUE(IsKnown(keys_, created));
  ASSERT_TRUE(keys_.Refresh(now_).ok());
  EXPECT_TRUE(IsKnown(keys_, created));
}

TEST_F(AccessKeysTest, KeysGoOnToCountWhileTheStoreDoesNotAnswer) {
  const CreatedAccessKey created = Create();
  hooks_.before = [](absl::string_view) { return absl::UnavailableError("down"); };
  EXPECT_TRUE(absl::IsUnavailable(keys_.Refresh(now_)));
  EXPECT_TRUE(IsKnown(keys_, created));
  EXPECT_TRUE(absl::IsUnavailable(keys_.Revoke(created.key.id, now_)));
  EXPECT_TRUE(absl::IsUnavailable(keys_.Create({"b", "", {"reader"}}, now_).status()));
}

TEST_F(AccessKeysTest, OnlyKeysThatAreNotValidAreDeleted) {
  const CreatedAccessKey created = Create();
  EXPECT_TRUE(absl::IsFailedPrecondition(keys_.Delete(created.key.id, now_)));
  ASSERT_TRUE(keys_.Revoke(created.key.id, now_).ok());
  EXPECT_TRUE(keys_.Delete(created.key.id, now_).ok());
  EXPECT_TRUE(absl::IsNotFound(keys_.Delete(created.key.id, now_)));
  EXPECT_THAT(keys_.List(), IsEmpty());
  // A key that another node has deleted goes with the next refresh.
  const CreatedAccessKey second = Create();
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  ASSERT_TRUE(keys_.Revoke(second.key.id, now_).ok());
  ASSERT_TRUE(keys_.Delete(second.key.id, now_).ok());
  ASSERT_TRUE(other_node_.Refresh(now_).ok());
  EXPECT_THAT(other_node_.List(), IsEmpty());
}

// For the thread sanitizer; and a key that was revoked stays so.
TEST_F(AccessKeysTest, ThreadsLookUpWhileKeysChange) {
  const CreatedAccessKey stays = Create("stays");
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        EXPECT_TRUE(keys_.VerifyBearer(absl::StrCat(stays.key.id, ".", stays.secret), now_).ok());
        keys_.List();
      }
    });
  }
  for (int n = 0; n < 50; ++n) {
    const CreatedAccessKey goes = Create();
    EXPECT_TRUE(keys_.Refresh(now_).ok());
    EXPECT_TRUE(keys_.Revoke(goes.key.id, now_).ok());
    EXPECT_FALSE(IsKnown(keys_, goes));
    EXPECT_TRUE(keys_.Delete(goes.key.id, now_).ok());
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(AccessKeysTest, NumberOfKeysIsLimited) {
  for (size_t i = 0; i < AccessKeyStore::kMaxKeys; ++i) {
    ASSERT_TRUE(memory_.PutDocument({"", kKeyDocument, absl::StrCat("PWL", i), 1, ""}).ok());
  }
  EXPECT_EQ(aws::ErrorOf(keys_.Create({"a", "", {"reader"}}, now_).status()),
            aws::Error::kServiceQuotaExceeded);
}

}  // namespace
}  // namespace pawl::auth
