#include "engine/auth/master_keys.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "engine/lines/test_files.h"

namespace pawl::auth {
namespace {

const std::string kBytes = "0123456789abcdefghijklmnopqrstuv";
const std::string kHex = absl::BytesToHexString(kBytes);
const std::string kOtherHex = absl::BytesToHexString(std::string(32, 'x'));

TEST(MasterKeys, AreReadInHexadecimalAndBase64) {
  const auto sealed = MasterKeys::Parse(kHex)->Seal("secret", "context");
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  for (const std::string& text : {kHex, absl::Base64Escape(kBytes), absl::AsciiStrToUpper(kHex),
                                  "# ours\n\n  " + kHex + "\r\n"}) {
    const auto keys = MasterKeys::Parse(text);
    ASSERT_TRUE(keys.ok()) << keys.status();
    EXPECT_EQ(keys->Open(*sealed, "context").value_or("?"), "secret");
  }
}

TEST(MasterKeys, OtherTextsAreRefusedAndNotRepeated) {
  std::string many;
  for (size_t i = 0; i <= MasterKeys::kMaxKeys; ++i) many += kHex + "\n";
  for (const std::string& text :
       {std::string(), std::string("# none"), kHex.substr(1), kHex + "0", "sesame" + kHex.substr(6),
        absl::Base64Escape("sesame"), kHex + "\nsesame", many, kHex + kHex}) {
    const absl::Status status = MasterKeys::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_FALSE(absl::StrContains(status.message(), "sesame")) << status;
  }
}

TEST(MasterKeys, OpenOnlyWhatTheyHaveSealedForThisContext) {
  const auto keys = MasterKeys::Parse(kHex);
  const auto sealed = keys->Seal("secret", "context");
  ASSERT_TRUE(sealed.ok());
  EXPECT_FALSE(absl::StrContains(sealed->bytes, "secret"));
  EXPECT_TRUE(absl::IsDataLoss(keys->Open(*sealed, "contexT").status()));
  for (size_t i = 0; i < sealed->bytes.size(); ++i) {
    Sealed changed = *sealed;
    changed.bytes[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(keys->Open(changed, "context").status())) << i;
    changed.bytes.resize(i);
    EXPECT_TRUE(absl::IsDataLoss(keys->Open(changed, "context").status())) << i;
  }
  const auto again = keys->Seal("secret", "context");
  EXPECT_NE(again->bytes, sealed->bytes);
}

TEST(MasterKeys, NewOneIsPutBeforeTheOld) {
  const auto sealed = MasterKeys::Parse(kHex)->Seal("secret", "");
  EXPECT_TRUE(absl::IsFailedPrecondition(MasterKeys::Parse(kOtherHex)->Open(*sealed, "").status()));
  const auto both = MasterKeys::Parse(kOtherHex + "\n" + kHex);
  EXPECT_EQ(both->Open(*sealed, "").value_or("?"), "secret");
  EXPECT_NE(both->Seal("secret", "")->key_id, sealed->key_id);
  EXPECT_FALSE(absl::StrContains(kHex, sealed->key_id));
}

TEST(MasterKeys, AreLoadedFromAFile) {
  const lines::TempFolder folder;
  const std::string path = folder.File("keys");
  std::ofstream(path) << "# ours\n" << kHex << "\n";
  EXPECT_TRUE(MasterKeys::Load(path).ok());
  std::ofstream(path) << "short";
  EXPECT_THAT(std::string(MasterKeys::Load(path).status().message()), testing::HasSubstr(path));
  std::ofstream(path) << std::string(100'000, '#');
  EXPECT_TRUE(absl::IsInvalidArgument(MasterKeys::Load(path).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MasterKeys::Load(path + "-missing").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MasterKeys::Load(folder.path()).status()));
}

}  // namespace
}  // namespace pawl::auth
