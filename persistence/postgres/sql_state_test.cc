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
      {"28P01", SqlClass::kForbidden, false, unavailable},
      {"40001", SqlClass::kRetry, true, unavailable},
      {"40003", SqlClass::kUnknownOutcome, false, unavailable},
      {"40P01", SqlClass::kRetry, true, unavailable},
      {"42501", SqlClass::kForbidden, false, unavailable},
      {"42601", SqlClass::kOther, false, absl::StatusCode::kInternal},
      {"42P01", SqlClass::kMissing, false, absl::StatusCode::kDataLoss},
      {"42703", SqlClass::kMissing, false, absl::StatusCode::kDataLoss},
      {"3F000", SqlClass::kMissing, false, absl::StatusCode::kDataLoss},
      {"53100", SqlClass::kFull, false, absl::StatusCode::kResourceExhausted},
      {"53200", SqlClass::kRetry, false, unavailable},
      {"53300", SqlClass::kCrowded, false, unavailable},
      {"54000", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"55P03", SqlClass::kRetry, false, unavailable},
      {"57014", SqlClass::kTimeout, false, absl::StatusCode::kDeadlineExceeded},
      {"57P01", SqlClass::kConnection, false, unavailable},
      {"57P03", SqlClass::kConnection, false, unavailable},
      {"58030", SqlClass::kRetry, false, unavailable},
      {"P0001", SqlClass::kData, true, absl::StatusCode::kInvalidArgument},
      {"XX000", SqlClass::kOther, false, absl::StatusCode::kInternal},
      {"XX001", SqlClass::kCorrupt, false, absl::StatusCode::kDataLoss},
      {"XX002", SqlClass::kCorrupt, false, absl::StatusCode::kDataLoss},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.state);
    EXPECT_EQ(ClassifySqlState(c.state), c.meaning);
    EXPECT_EQ(ProvesRollback(c.state), c.proves_rollback);
    EXPECT_EQ(SqlStatus(c.state, "m").code(), c.code);
  }
}

TEST(SqlState, CommitsThatAreNotTakenSayWhetherTheyMayPassAndWhatToDo) {
  struct Case {
    const char* state;
    absl::StatusCode code;
    const char* remedy;
  };
  const Case cases[] = {
      {"53100", absl::StatusCode::kResourceExhausted, "free space"},
      {"25006", absl::StatusCode::kUnavailable, "primary"},
      {"53300", absl::StatusCode::kUnavailable, "max_connections"},
      {"42P01", absl::StatusCode::kDataLoss, "restore a backup"},
      {"XX001", absl::StatusCode::kDataLoss, "restore a backup"},
      {"42501", absl::StatusCode::kUnavailable, "grant"},
      {"57014", absl::StatusCode::kUnavailable, "took too long"},
      {"", absl::StatusCode::kUnavailable, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.state);
    EXPECT_EQ(SqlCommitCode(c.state), c.code);
    EXPECT_NE(SqlStatus(c.state, "m").message().find(c.remedy), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace pawl::persistence
