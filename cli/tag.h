// Tags, as commands show and filter by them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/engine_client.h"

namespace pawl::cli {

using TagMap = std::map<std::string, std::string>;

// Of a state machine or an activity. Errors as Tags.List.
absl::StatusOr<TagMap> TagsOf(EngineClient& engine, const std::string& arn);

// Whether all of `wanted` are there: "KEY", with whatever value, or "KEY=VALUE".
bool HasTags(const TagMap& tags, const std::vector<std::string>& wanted);

// "team=payments stage=prod"
std::string TagsText(const TagMap& tags);

}  // namespace pawl::cli
