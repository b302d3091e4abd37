#include "persistence/test_places.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "persistence/postgres/session.h"

namespace pawl::persistence {

TempFolder::TempFolder() {
  path_ = absl::StrCat(testing::TempDir(), "/pawl-test-XXXXXX");
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "cannot create " << path_;
}

TempFolder::~TempFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string TestPostgresUrl() {
  const char* url = getenv("PAWL_TEST_POSTGRES");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return url == nullptr ? "" : url;
}

std::string UniqueSchema() {
  static std::atomic<int> counter{0};
  return absl::StrCat("test_", getpid(), "_", absl::ToUnixMicros(absl::Now()) % 1'000'000'000, "_",
                      ++counter);
}

void DropSchema(const std::string& schema) {
  auto session = Session::Connect(TestPostgresUrl(), Session::Purpose::kRead);
  if (!session.ok()) return;
  (*session)->Run(absl::StrCat("DROP SCHEMA IF EXISTS ", schema, " CASCADE"));
}

}  // namespace pawl::persistence
