// How a document is written, for the statement by itself and for one of a larger transaction.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "persistence/types.h"

namespace pawl::persistence {

// Must affect exactly one row; "@." stands for the schema.
absl::string_view PutDocumentSql(const Document& document);
std::vector<std::string> DocumentParameters(const Document& document);

}  // namespace pawl::persistence
