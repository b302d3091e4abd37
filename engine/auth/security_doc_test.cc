// The examples of docs/security.md, read by those whose they are.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/actions.h"
#include "engine/auth/certificate_rules.h"
#include "engine/auth/policy.h"
#include "engine/auth/token_provider.h"

namespace pawl::auth {
namespace {

constexpr char kDoc[] = PAWL_SOURCE_DIR "/docs/security.md";

// Blocks of JSON that take more than one line.
std::vector<std::string> JsonBlocks() {
  std::ifstream file(kDoc);
  std::vector<std::string> blocks;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (!is_inside && (line == "    {" || line == "    [")) {
      is_inside = true;
      blocks.emplace_back();
    }
    if (!absl::StartsWith(line, "    ")) is_inside = false;
    if (is_inside) absl::StrAppend(&blocks.back(), line, "\n");
  }
  return blocks;
}

TEST(SecurityDoc, ExamplesAreRight) {
  int policies = 0, providers = 0, certificates = 0;
  for (const std::string& block : JsonBlocks()) {
    if (absl::StrContains(block, "\"Statement\"")) {
      ++policies;
      const auto policy = Policy::Parse(block);
      ASSERT_TRUE(policy.ok()) << policy.status() << "\n" << block;
      EXPECT_TRUE(policy->warnings().empty()) << block;
      const std::string machine = "arn:aws:states:us-east-1:000000000000:stateMachine:order";
      EXPECT_EQ(policy->Decide({{"states:StartExecution"}, machine}), Verdict::kAllowed);
      EXPECT_EQ(policy->Decide({{"states:StartExecution"}, machine + "-prod"}), Verdict::kDenied);
    } else if (absl::StrContains(block, "\"issuer\"")) {
      ++providers;
      EXPECT_TRUE(TokenProviderConfig::Parse(block).ok()) << block;
    } else {
      ++certificates;
      EXPECT_TRUE(CertificateRules::Parse(block).ok()) << block;
    }
  }
  EXPECT_EQ(policies, 1);
  EXPECT_EQ(providers, 1);
  EXPECT_EQ(certificates, 1);
}

TEST(SecurityDoc, NamesEveryActionOfPawl) {
  std::ifstream file(kDoc);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const Action& action : Actions()) {
    if (!absl::StartsWith(action.name, "pawl:")) continue;
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("`", std::string(action.name), "`")))
        << action.name;
  }
}

}  // namespace
}  // namespace pawl::auth
