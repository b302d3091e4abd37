// From the parameters of a Task state, and its connection, to an HTTP request.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/http_task/connection.h"
#include "engine/http_task/encoding.h"
#include "engine/http_task/url.h"
#include "engine/value/failure.h"
#include "engine/value/value.h"

namespace pawl::http_task {

// What a definition asks for, checked.
struct Call {
  Url url;
  std::string method;
  std::string connection_name;  // empty: none
  Pairs headers;
  Pairs query;
  Value body;  // null: none
  bool is_form = false;
  ArrayFormat array_format = ArrayFormat::kIndices;
};

// States.Runtime for parameters that are not as documented, for headers that a task may not set
// (see AWS's list), and for URLs that ParseUrl does not take.
OrFailure<Call> ParseCall(const Value& parameters);

struct Request {
  std::string method;
  Url url;
  Pairs headers;  // what goes out, credentials excepted
  absl::optional<std::string> body;
};

// The connection's headers, query and body parameters replace those of the same name.
// States.Runtime if both have a body and the task's is not an object.
OrFailure<Request> MergeConnection(const Call& call, const HttpParameters& parameters);

// Replaces all headers of that name, whatever the case.
void SetHeader(absl::string_view name, absl::string_view value, Pairs* headers);
// Whether HTTP allows such a header.
bool IsHeader(absl::string_view name, absl::string_view value);
bool HasHeader(const Pairs& headers, absl::string_view name);

}  // namespace pawl::http_task
