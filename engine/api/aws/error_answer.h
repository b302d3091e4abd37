// Answers in the form of AWS JSON 1.0: status, headers and, of errors, `__type` and `message`.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/http/server.h"

namespace pawl::api::aws_json {

// HTTP 200 with `body`, a JSON object.
http::Response AnswerOf(std::string body, const std::string& request_id);

// The error that `status` stands for (aws::Classify): what is the caller's doing is HTTP 400.
// `retry_after` is what a refusal for overload without a hint of its own says.
http::Response ErrorAnswer(const absl::Status& status, const std::string& request_id,
                           absl::Duration retry_after);

}  // namespace pawl::api::aws_json
