// From an HTTP answer to the result of a task, or its failure.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/http_task/transfer.h"
#include "engine/value/failure.h"
#include "engine/value/value.h"

namespace pawl::http_task {

// As http_task.h says. What is in `secrets` and has at least six bytes is replaced by "***".
OrFailure<Value> ResultOf(Response response, const std::vector<std::string>& secrets);

// The members of TestState's inspection data. `secrets` as above; nullopt where nothing came back.
Value TraceOf(const Request& request);
absl::optional<Value> TraceOf(const OrFailure<Response>& response, const std::string& protocol,
                              const std::vector<std::string>& secrets);

// The first of that name (in lower case), or null.
const std::string* FindHeader(const Response& response, absl::string_view name);

// Whether a token can stand in a header.
bool IsSafeToken(absl::string_view token);

}  // namespace pawl::http_task
