#include "persistence/machine_sql.h"

#include "absl/strings/str_cat.h"

namespace pawl::persistence {

std::string SelectRevision(absl::string_view schema, absl::string_view where) {
  return absl::StrCat(
      "SELECT r.ns, r.name, r.revision, r.role_arn, r.type, r.create_time, r.revision_time, "
      "r.definition, r.settings FROM ",
      schema, "machine_revisions r WHERE ", where);
}

std::string SelectCurrent(absl::string_view schema, absl::string_view definition,
                          absl::string_view where) {
  return absl::StrCat(
      "SELECT m.ns, m.name, m.latest_revision, r.role_arn, r.type, r.create_time, "
      "r.revision_time, ",
      definition, ", r.settings FROM ", schema, "machines m LEFT JOIN ", schema,
      "machine_revisions r ON r.ns = m.ns AND r.name = m.name AND r.revision = m.latest_revision "
      "WHERE NOT m.is_deleted AND ",
      where);
}

absl::Status NoMachine(absl::string_view ns, absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no state machine ", name, " in namespace ", ns));
}

}  // namespace pawl::persistence
