// From an HTTP answer to the result of a task, or its failure.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/http_task/redact.h"
#include "engine/http_task/transfer.h"
#include "engine/value/failure.h"
#include "engine/value/value.h"

namespace pawl::http_task {

// As http_task.h says, without the secrets that `redactor` knows.
OrFailure<Value> ResultOf(Response response, const Redactor& redactor);

// The members of TestState's inspection data, redacted; nullopt where nothing came back.
Value TraceOf(const Request& request);
absl::optional<Value> TraceOf(const OrFailure<Response>& response, const std::string& protocol,
                              const Redactor& redactor);

// The first of that name (in lower case), or null.
const std::string* FindHeader(const Response& response, absl::string_view name);

// Whether a token can stand in a header.
bool IsSafeToken(absl::string_view token);

}  // namespace pawl::http_task
