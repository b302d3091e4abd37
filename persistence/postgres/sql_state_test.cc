#include "persistence/postgres/sql_state.h"

#include <gtest/gtest.h>

namespace pawl::persistence {
namespace {

TEST(SqlState, ClassesAndProofsOfRollback) {
  struct Case {
    const char* state;
    SqlClass meaning;
    bool proves_rollback;  // in answer to COMMIT
    absl::StatusCode code;
  };
  const auto unavailable = absl::StatusCode::kUnavailable;
  const Case cases[] = {
      {"", SqlClass::kConnection, false, unavailable},
      {"08000", SqlClass::kConnection, false, unavailable},
      {"08006", SqlClass::kConnection, false, unavailable},
      {"08007", SqlClass::kConnection, false, unavailable},
      {"22021", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"23505", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"25006", SqlClass::kReadOnly, true, unavailable},
      {"25P02", SqlClass::kRetry, true, unavailable},
      {"25P03", SqlClass::kConnection, false, unavailable},
      {"28P01", SqlClass::kForbidden, false, absl::StatusCode::kPermissionDenied},
      {"40001", SqlClass::kRetry, true, unavailable},
      {"40003", SqlClass::kUnknownOutcome, false, unavailable},
      {"40P01", SqlClass::kRetry, true, unavailable},
      {"42501", SqlClass::kForbidden, false, absl::StatusCode::kPermissionDenied},
      {"42601", SqlClass::kOther, false, absl::StatusCode::kInternal},
      {"42P01", SqlClass::kMissing, false, absl::StatusCode::kFailedPrecondition},
      {"3F000", SqlClass::kMissing, false, absl::StatusCode::kFailedPrecondition},
      {"53100", SqlClass::kRetry, false, unavailable},
      {"53300", SqlClass::kRetry, false, unavailable},
      {"54000", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"55P03", SqlClass::kRetry, false, unavailable},
      {"57014", SqlClass::kRetry, false, unavailable},
      {"57P01", SqlClass::kConnection, false, unavailable},
      {"57P03", SqlClass::kConnection, false, unavailable},
      {"58030", SqlClass::kRetry, false, unavailable},
      {"P0001", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"XX000", SqlClass::kOther, false, absl::StatusCode::kInternal},
      {"XX001", SqlClass::kOther, false, absl::StatusCode::kInternal},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.state);
    EXPECT_EQ(ClassifySqlState(c.state), c.meaning);
    EXPECT_EQ(ProvesRollback(c.state), c.proves_rollback);
    EXPECT_EQ(SqlStatus(c.state, "m").code(), c.code);
  }
}

}  // namespace
}  // namespace pawl::persistence
