#include "engine/open_store.h"

#include <algorithm>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/private_folder.h"
#include "engine/store_url.h"
#include "persistence/memory/memory_store.h"
#include "persistence/postgres/postgres_store.h"
#include "persistence/sqlite/sqlite_store.h"

namespace pawl {

namespace {

int RangesByProcessors() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 4, 1, 16);
}

}  // namespace

absl::StatusOr<std::unique_ptr<persistence::Store>> OpenStore(const std::string& url, int ranges,
                                                              std::vector<std::string>* warnings) {
  if (url == "memory:") {
    warnings->push_back("the store is memory: everything is lost when the engine stops");
    persistence::MemoryOptions options;
    options.initial_ranges = std::max(1, ranges);
    return std::unique_ptr<persistence::Store>(std::make_unique<persistence::MemoryStore>(options));
  }
  if (absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://")) {
    persistence::PostgresOptions options;
    options.warnings = warnings;
    options.initial_ranges = ranges > 0 ? ranges : RangesByProcessors();
    return persistence::OpenPostgresStore(url, options);
  }
  if (absl::StartsWith(url, "sqlite:")) {
    const std::string folder = url.substr(7);
    absl::StatusOr<std::unique_ptr<persistence::Store>> store =
        persistence::OpenSqliteStore(folder, {.initial_ranges = std::max(1, ranges)});
    const std::string warning = store.ok() ? WarningOfOpenFolder("--store", folder) : "";
    if (!warning.empty()) warnings->push_back(warning);
    return store;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--store '", WithoutCredentials(url),
      "' is not known: give sqlite:FOLDER, postgres://USER@HOST:PORT/DATABASE or memory:"));
}

}  // namespace pawl
