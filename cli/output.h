// Pieces of output that several commands share.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/colour.h"
#include "cli/command.h"
#include "cli/proto_json.h"
#include "engine/value/value.h"

namespace pawl::cli {

// "  started    2026-05-01 10:00:00", the label dim.
std::string FieldLine(const Palette& paint, absl::string_view label, absl::string_view value);

// JSON text indented for people, every line after `indent` blanks. Text that is not JSON stays as it is.
std::string PrettyPayload(absl::string_view json_text, int indent);

// A document for programs: indented on a terminal, else one line. Characters that a terminal acts
// on are escaped, which leaves the value as it is.
void PrintJson(Console& console, const Value& value);

// Asks the engine, and prints what it answers: as JSON for programs, by `print` for people.
template <typename Request, typename Response>
ExitCode AskAndPrint(Invocation& call, const Request& request,
                     void (*print)(Invocation& call, const Response& response),
                     Payloads payloads = Payloads::kAsText) {
  Response response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response, payloads));
  } else {
    print(call, response);
  }
  return ExitCode::kOk;
}

// What Describe says of an execution that has just ended, as one line for people.
std::string ClosingLine(const v1::Execution& execution, const Palette& paint);

// Calls a List-like method page by page until `limit` elements were seen (0: all) or the end.
// `each(response)` returns the number of elements it took.
template <typename Request, typename Response, typename Each>
absl::Status ForEachPage(EngineClient& engine, Request request, int64_t limit, Each each) {
  int64_t seen = 0;
  while (true) {
    const int64_t left = limit == 0 ? 1000 : std::min<int64_t>(limit - seen, 1000);
    if (left <= 0) return absl::OkStatus();
    request.set_page_size(static_cast<int32_t>(left));
    Response response;
    if (absl::Status status = engine.Call(request, &response); !status.ok()) return status;
    seen += each(response);
    if (response.next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(response.next_page_token());
  }
}

}  // namespace pawl::cli
