#include "engine/asl/language_fields.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"

namespace pawl::asl {
namespace {

// Fields that a state has in one query language only (ASL, "Query language").
constexpr absl::string_view kJsonPathFields[] = {
    "InputPath",
    "OutputPath",
    "ResultPath",
    "ResultSelector",
    "Parameters",
    "ItemsPath",
    "Result",
    "Variable",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "ErrorPath",
    "CausePath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "MaxItemsPath",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatchPath",
};
constexpr absl::string_view kJsonataFields[] = {"Output", "Arguments", "Items", "Condition"};

bool IsOneOf(absl::string_view field, absl::Span<const absl::string_view> fields) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

bool IsFieldOfOther(absl::string_view field, QueryLanguage language) {
  return language == QueryLanguage::kJsonata ? IsOneOf(field, kJsonPathFields)
                                             : IsOneOf(field, kJsonataFields);
}

absl::string_view LanguageName(QueryLanguage language) {
  return language == QueryLanguage::kJsonata ? "JSONata" : "JSONPath";
}

std::string InOtherLanguage(absl::string_view field) {
  if (field == "Parameters") return "JSONata has Arguments instead";
  if (field == "Arguments") return "JSONPath has Parameters instead";
  if (field == "ItemsPath") return "JSONata has Items instead";
  if (field == "Items") return "JSONPath has ItemsPath instead";
  if (field == "Condition") return "JSONPath has Variable and a comparison instead";
  if (field == "Variable") return "JSONata has Condition instead";
  if (field == "Output") return "JSONPath has ResultSelector, ResultPath and OutputPath instead";
  if (absl::EndsWith(field, "Path") && !IsOneOf(field, {"InputPath", "OutputPath", "ResultPath"})) {
    return absl::StrCat("JSONata has ", std::string(absl::StripSuffix(field, "Path")),
                        " with an expression instead");
  }
  return "JSONata has Output instead";
}

}  // namespace pawl::asl
