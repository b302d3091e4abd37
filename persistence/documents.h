// What the stores of documents have in common: their refusals.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "persistence/types.h"

namespace pawl::persistence {

absl::Status NoDocument(absl::string_view kind, absl::string_view name);
// Aborted: the stored document has another revision than the one before `document`'s.
absl::Status LostRace(const Document& document);

}  // namespace pawl::persistence
