#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "persistence/store.h"

namespace pawl {

// sqlite:FOLDER, postgres://... or memory:. `warnings` says what the operator should know (settings
// of the database that can lose acknowledged work).
absl::StatusOr<std::unique_ptr<persistence::Store>> OpenStore(const std::string& url,
                                                              std::vector<std::string>* warnings);

}  // namespace pawl
