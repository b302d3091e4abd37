#include "persistence/documents.h"

#include "absl/strings/str_cat.h"

namespace pawl::persistence {

absl::Status NoDocument(absl::string_view kind, absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no ", kind, " ", name));
}

absl::Status LostRace(const Document& document) {
  return absl::AbortedError(absl::StrCat(document.kind, " ", document.name,
                                         " was changed by someone else at the same time"));
}

}  // namespace pawl::persistence
