#include "engine/asl/resource.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace pawl::asl {
namespace {

absl::Status NotAResource(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "The resource provided ", std::string(text),
      " is not recognized. The value is not a valid resource ARN, or the resource is not available "
      "in this region."));
}

// An optimized integration of AWS (Developer Guide, "Integrating services": the actions and the
// patterns that each supports). A definition that asks for more is a mistake that AWS reports.
// Services that are not listed are somebody's own, and take any action and pattern.
struct Service {
  absl::string_view name;
  bool has_sync = false;
  bool has_callback = false;
  std::vector<absl::string_view> actions;  // empty: many
};

const std::vector<Service>& Services() {
  constexpr bool kSync = true, kCallback = true;
  static const auto* services = new std::vector<Service>{
      {"apigateway", false, kCallback, {"invoke"}},
      {"athena", kSync, false, {}},
      {"aws-sdk", false, kCallback, {}},
      {"batch", kSync, false, {"submitJob"}},
      {"bedrock", kSync, kCallback, {}},
      {"codebuild", kSync, false, {}},
      {"databrew", kSync, false, {"startJobRun"}},
      {"dynamodb", false, false, {"getItem", "putItem", "updateItem", "deleteItem"}},
      {"ecs", kSync, kCallback, {"runTask"}},
      {"eks", kSync, kCallback, {}},
      {"elasticmapreduce", kSync, false, {}},
      {"emr-containers", kSync, false, {}},
      {"emr-serverless", kSync, false, {}},
      {"events", false, kCallback, {"putEvents"}},
      {"glue", kSync, false, {"startJobRun"}},
      {"http", false, false, {"invoke"}},
      {"lambda", false, kCallback, {"invoke"}},
      {"mediaconvert", kSync, false, {"createJob"}},
      {"sagemaker", kSync, false, {}},
      {"sns", false, kCallback, {"publish"}},
      {"sqs", false, kCallback, {"sendMessage"}},
      {"states", kSync, kCallback, {"startExecution"}},
  };
  return *services;
}

// nullptr: not one of AWS's.
const Service* FindService(absl::string_view name) {
  const std::vector<Service>& services = Services();
  const auto found = std::find_if(services.begin(), services.end(),
                                  [name](const Service& known) { return known.name == name; });
  return found == services.end() ? nullptr : &*found;
}

bool IsSupported(absl::string_view service, absl::string_view action, IntegrationPattern pattern) {
  const Service* known = FindService(service);
  if (known == nullptr) return true;
  const std::vector<absl::string_view>& actions = known->actions;
  if (!actions.empty() && std::find(actions.begin(), actions.end(), action) == actions.end()) {
    return false;
  }
  switch (pattern) {
    case IntegrationPattern::kRequestResponse:
      return true;
    case IntegrationPattern::kSync:
      return known->has_sync;
    case IntegrationPattern::kSync2:
      return service == "states";
    case IntegrationPattern::kWaitForTaskToken:
      return known->has_callback;
  }
  return false;
}

bool IsWord(absl::string_view text, absl::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [also](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || also.find(c) != also.npos;
  });
}

// function:NAME, function:NAME:VERSION or function:NAME:ALIAS.
bool IsFunction(const std::vector<absl::string_view>& tail) {
  if (tail.size() > 3 || !IsWord(tail[1], "-_.")) return false;
  return tail.size() == 2 || tail[2] == "$LATEST" || IsWord(tail[2], "-_");
}

struct Suffix {
  absl::string_view text;
  IntegrationPattern pattern;
};

constexpr Suffix kSuffixes[] = {
    {".sync", IntegrationPattern::kSync},
    {".sync:2", IntegrationPattern::kSync2},
    {".waitForTaskToken", IntegrationPattern::kWaitForTaskToken},
};

// SERVICE:ACTION[.PATTERN] or aws-sdk:SERVICE:ACTION[.PATTERN].
absl::StatusOr<Resource> ParseIntegration(absl::string_view text, absl::string_view rest) {
  Resource resource;
  resource.kind = Resource::Kind::kIntegration;
  resource.text = std::string(text);
  absl::string_view bare = rest;
  for (const Suffix& suffix : kSuffixes) {
    if (absl::EndsWith(rest, suffix.text)) {
      resource.pattern = suffix.pattern;
      bare = rest.substr(0, rest.size() - suffix.text.size());
      break;
    }
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(bare, ':');
  const bool is_sdk = parts[0] == "aws-sdk";
  const ptrdiff_t service_parts = is_sdk ? 2 : 1;
  if (std::distance(parts.begin(), parts.end()) != service_parts + 1) return NotAResource(text);
  for (absl::string_view part : parts) {
    if (part.empty()) return NotAResource(text);
  }
  if (!IsSupported(parts[0], parts[1], resource.pattern)) return NotAResource(text);
  // AWS writes the actions of its API in camel case here.
  if (is_sdk && absl::ascii_isupper(static_cast<unsigned char>(parts[2][0]))) {
    return NotAResource(text);
  }
  resource.resource_type = absl::StrJoin(parts.begin(), parts.begin() + service_parts, ":");
  resource.action = std::string(rest.substr(resource.resource_type.size() + 1));
  resource.queue = std::string(bare);
  resource.is_lambda_invoke = resource.queue == "lambda:invoke";
  resource.is_start_execution = resource.queue == "states:startExecution";
  return resource;
}

}  // namespace

absl::StatusOr<Resource> ParseResource(absl::string_view text) {
  if (absl::StartsWith(text, "pawl:")) {
    Resource resource;
    resource.kind = Resource::Kind::kPawl;
    resource.text = std::string(text);
    resource.queue = std::string(text.substr(5));
    resource.resource_type = "pawl";
    resource.action = resource.queue;
    if (resource.queue.empty()) {
      return absl::InvalidArgumentError("'pawl:' must be followed by the name of a task queue");
    }
    return resource;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 5));
  if (parts.size() != 6 || parts[0] != "arn" || !absl::StartsWith(parts[1], "aws")) {
    return NotAResource(text);
  }
  const absl::string_view service = parts[2], rest = parts[5];
  const std::vector<absl::string_view> tail = absl::StrSplit(rest, ':');
  // With AWS's services a region and an account may be there, and mean nothing.
  const bool is_anywhere = parts[3].empty() && parts[4].empty();
  if (service == "states" && (is_anywhere || FindService(tail[0]) != nullptr)) {
    return ParseIntegration(text, rest);
  }
  Resource resource;
  resource.text = std::string(text);
  const bool is_lambda = service == "lambda" && tail[0] == "function";
  const bool is_activity = service == "states" && tail[0] == "activity";
  if ((!is_lambda && !is_activity) || tail.size() < 2 || tail[1].empty()) return NotAResource(text);
  if (is_lambda && !IsFunction(tail)) return NotAResource(text);
  resource.kind = is_lambda ? Resource::Kind::kLambda : Resource::Kind::kActivity;
  // A Lambda version or alias (function:NAME:3) goes to the same queue: workers know names.
  resource.queue = std::string(tail[1]);
  resource.resource_type = is_lambda ? "lambda" : "activity";
  resource.action = resource.queue;
  return resource;
}

}  // namespace pawl::asl
