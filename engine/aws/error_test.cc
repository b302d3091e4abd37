#include "engine/aws/error.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace pawl::aws {
namespace {

TEST(ErrorTable, EntriesStandAtTheirEnumeratorAndHaveUniqueNames) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Error::kValidation); ++i) {
    const ErrorInfo& info = InfoOf(static_cast<Error>(i));
    EXPECT_EQ(static_cast<int>(info.error), i) << info.name;
    EXPECT_TRUE(names.insert(std::string(info.name)).second) << info.name;
    EXPECT_EQ(FindByName(info.name), &info);
    EXPECT_NE(info.code, absl::StatusCode::kOk);
  }
}

TEST(ErrorPayload, SurvivesCopiesAndSaysNothingInTheText) {
  const absl::Status status = MakeError(Error::kInvalidName, "Invalid Name: 'a b'");
  const absl::Status copy = status;
  EXPECT_EQ(copy.message(), "Invalid Name: 'a b'");
  EXPECT_TRUE(absl::IsInvalidArgument(copy));
  EXPECT_EQ(ErrorOf(copy), Error::kInvalidName);
}

TEST(ErrorPayload, TheFirstErrorStays) {
  const absl::Status status = WithError(MakeError(Error::kInvalidArn, "x"), Error::kValidation);
  EXPECT_EQ(ErrorOf(status), Error::kInvalidArn);
  EXPECT_TRUE(WithError(absl::OkStatus(), Error::kValidation).ok());
}

TEST(ErrorPayload, StatusWithoutOneIsClassifiedByItsCode) {
  EXPECT_EQ(ErrorOf(absl::NotFoundError("x")), absl::nullopt);
  EXPECT_EQ(Classify(absl::NotFoundError("x")).error, Error::kResourceNotFound);
  EXPECT_EQ(Classify(absl::UnavailableError("x")).http_status, 503);
  EXPECT_EQ(Classify(absl::DataLossError("x")).error, Error::kInternalFailure);
}

TEST(FindByAwsName, GivesTheGeneralEntryOfASharedName) {
  EXPECT_EQ(FindByAwsName("ValidationException")->error, Error::kValidation);
  EXPECT_EQ(FindByAwsName("InvalidDefinition")->error, Error::kInvalidDefinition);
  EXPECT_EQ(FindByAwsName("Nonsense"), nullptr);
}

TEST(RetryAfter, IsKept) {
  const absl::Status status =
      WithRetryAfter(absl::ResourceExhaustedError("full"), absl::Milliseconds(1500));
  EXPECT_EQ(RetryAfterOf(status), absl::Milliseconds(1500));
  EXPECT_EQ(RetryAfterOf(absl::ResourceExhaustedError("full")), absl::nullopt);
}

}  // namespace
}  // namespace pawl::aws
