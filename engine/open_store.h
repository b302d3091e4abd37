#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "persistence/store.h"

namespace pawl {

// sqlite:FOLDER, postgres://... or memory:. `warnings` says what the operator should know (settings
// of the database that can lose acknowledged work). A new store is divided into `ranges`; 0: one, or
// on PostgreSQL one for every four processors, for the database needs the others.
absl::StatusOr<std::unique_ptr<persistence::Store>> OpenStore(const std::string& url, int ranges,
                                                              std::vector<std::string>* warnings);

}  // namespace pawl
