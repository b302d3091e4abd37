#include "engine/objects/result_writer.h"

#include <string>

#include "engine/objects/memory_store.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::objects {
namespace {

using testing::HasSubstr;

ResultWriterSpec Spec() {
  ResultWriterSpec spec;
  spec.bucket = "out";
  spec.prefix = "jobs";
  spec.map_run_arn = "arn:aws:states:us-east-1:000000000000:mapRun:m/Map:run-1";
  spec.run_id = "run-1";
  return spec;
}

aws::ExecutionRecord Child(ResultGroup group, const char* output) {
  aws::ExecutionRecord child;
  child.status = group == ResultGroup::kSucceeded ? "SUCCEEDED"
                 : group == ResultGroup::kFailed  ? "FAILED"
                                                  : "PENDING";
  child.arn = "arn:e";
  child.name = "e";
  child.machine_arn = "arn:m";
  child.input = Payload::FromTrustedText(R"({"i":1})");
  if (output != nullptr) child.output = Payload::FromTrustedText(output);
  if (group == ResultGroup::kFailed) child.error = "Boom";
  child.start = absl::FromUnixMillis(1738633790099);
  child.stop = absl::FromUnixMillis(1738633790163);
  return child;
}

class ResultFilesTest : public testing::Test {
 protected:
  ResultFilesTest() { store_.CreateBucket("out"); }

  std::string Body(const char* name) {
    return store_.Get("out", std::string("jobs/run-1/") + name).value_or("(none)");
  }

  MemoryStore store_;
};

TEST_F(ResultFilesTest, WritesRecordsAndAManifest) {
  auto files = ResultFiles::Create(&store_, Spec());
  ASSERT_TRUE(files.ok());
  ASSERT_TRUE((*files)->Add(Child(ResultGroup::kSucceeded, "[1,2]")).ok());
  ASSERT_TRUE((*files)->Add(Child(ResultGroup::kFailed, nullptr)).ok());
  ASSERT_TRUE((*files)->Add(Child(ResultGroup::kSucceeded, "3")).ok());
  const absl::StatusOr<ManifestLocation> manifest = (*files)->Finish();
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(ToJson(ToResultWriterDetails(*manifest)),
            R"({"Bucket":"out","Key":"jobs/run-1/manifest.json"})");
  const std::string record =
      R"({"ExecutionArn":"arn:e","Input":"{\"i\":1}","InputDetails":{"Included":true},)"
      R"("Name":"e","Output":"[1,2]","OutputDetails":{"Included":true},"RedriveCount":0,)"
      R"("RedriveStatus":"NOT_REDRIVABLE","StartDate":"2025-02-04T01:49:50.099Z",)"
      R"("StateMachineArn":"arn:m","Status":"SUCCEEDED","StopDate":"2025-02-04T01:49:50.163Z"})";
  EXPECT_THAT(Body("SUCCEEDED_0.json"), HasSubstr("[" + record + ","));
  EXPECT_EQ(ParseJson(Body("SUCCEEDED_0.json"))->AsArray().size(), 2u);
  EXPECT_THAT(Body("FAILED_0.json"), HasSubstr(R"([{"Error":"Boom","ExecutionArn")"));
  EXPECT_EQ(Body("manifest.json"),
            R"({"DestinationBucket":"out",)"
            R"("MapRunArn":"arn:aws:states:us-east-1:000000000000:mapRun:m/Map:run-1",)"
            R"("ResultFiles":{"FAILED":[{"Key":"jobs/run-1/FAILED_0.json","Size":)" +
                std::to_string(Body("FAILED_0.json").size()) +
                R"(}],"PENDING":[],"SUCCEEDED":[{"Key":"jobs/run-1/SUCCEEDED_0.json","Size":)" +
                std::to_string(Body("SUCCEEDED_0.json").size()) + "}]}}");
}

TEST_F(ResultFilesTest, TransformsWhatSucceeded) {
  struct Case {
    ResultTransformation transformation;
    ResultOutputType type;
    const char* body;
  };
  const Case cases[] = {
      {ResultTransformation::kCompact, ResultOutputType::kJson, R"([[1,{"a":2}],"x",[]])"},
      {ResultTransformation::kFlatten, ResultOutputType::kJson, R"([1,{"a":2},"x"])"},
      {ResultTransformation::kCompact, ResultOutputType::kJsonl, "[1,{\"a\":2}]\n\"x\"\n[]\n"},
      {ResultTransformation::kFlatten, ResultOutputType::kJsonl, "1\n{\"a\":2}\n\"x\"\n"},
  };
  for (const Case& c : cases) {
    ResultWriterSpec spec = Spec();
    spec.prefix = "jobs/";
    spec.transformation = c.transformation;
    spec.output_type = c.type;
    auto files = ResultFiles::Create(&store_, spec);
    ASSERT_TRUE(files.ok());
    for (const char* output : {R"([1,{"a":2}])", "\"x\"", "[]"}) {
      ASSERT_TRUE((*files)->Add(Child(ResultGroup::kSucceeded, output)).ok());
    }
    ASSERT_TRUE((*files)->Add(Child(ResultGroup::kFailed, nullptr)).ok());
    ASSERT_TRUE((*files)->Finish().ok());
    EXPECT_EQ(Body("SUCCEEDED_0.json"), c.body);
    EXPECT_THAT(Body("FAILED_0.json"), HasSubstr(R"("Status":"FAILED")"));
  }
}

TEST_F(ResultFilesTest, StartsANewFileBeyondTheLimit) {
  ResultWriterSpec spec = Spec();
  spec.transformation = ResultTransformation::kCompact;
  spec.max_file_bytes = 12;
  for (int run = 0; run < 2; ++run) {  // a second run replaces the first
    auto files = ResultFiles::Create(&store_, spec);
    ASSERT_TRUE(files.ok());
    for (const char* output : {"1111", "2222", "3333", "\"much longer than that\"", "4"}) {
      ASSERT_TRUE((*files)->Add(Child(ResultGroup::kSucceeded, output)).ok());
    }
    ASSERT_TRUE((*files)->Finish().ok());
    EXPECT_EQ(Body("SUCCEEDED_0.json"), "[1111,2222]");
    EXPECT_EQ(Body("SUCCEEDED_1.json"), "[3333]");
    EXPECT_EQ(Body("SUCCEEDED_2.json"), "[\"much longer than that\"]");
    EXPECT_EQ(Body("SUCCEEDED_3.json"), "[4]");
  }
}

TEST_F(ResultFilesTest, HasNoFilesForNoChildren) {
  auto files = ResultFiles::Create(&store_, Spec());
  ASSERT_TRUE(files.ok());
  ASSERT_TRUE((*files)->Finish().ok());
  EXPECT_THAT(Body("manifest.json"),
              HasSubstr(R"("ResultFiles":{"FAILED":[],"PENDING":[],"SUCCEEDED":[]})"));
  EXPECT_EQ(Body("SUCCEEDED_0.json"), "(none)");
}

TEST_F(ResultFilesTest, FailsAsResultWriterFailed) {
  ResultWriterSpec spec = Spec();
  spec.bucket = "missing";
  auto files = ResultFiles::Create(&store_, spec);
  ASSERT_TRUE(files.ok());
  const absl::Status status = (*files)->Add(Child(ResultGroup::kPending, nullptr));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(ResultWriterFailure(status).error, "States.ResultWriterFailed");
  EXPECT_THAT(ResultWriterFailure(status).cause.value_or(""),
              HasSubstr("The specified bucket does not exist"));
}

}  // namespace
}  // namespace pawl::objects
