// What the stores of state machines have in common: the statements that read them, and the refusal
// of an unknown name.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pawl::persistence {

// Both select ns, name, revision, role_arn, type, create_time, revision_time, definition, settings. `schema`
// stands before the names of tables; `where` is the condition and whatever follows it.
//
// Any revisions, named r; those of deleted machines too.
std::string SelectRevision(absl::string_view schema, absl::string_view where);
// Current revisions; the machine is named m. Where its revision row is missing, all columns but its
// names and its number are NULL. `definition` is the column, or what to select instead.
std::string SelectCurrent(absl::string_view schema, absl::string_view definition,
                          absl::string_view where);

absl::Status NoMachine(absl::string_view ns, absl::string_view name);

}  // namespace pawl::persistence
