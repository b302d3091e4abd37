// A history event as one line. Pure.
#pragma once

#include <string>

#include "cli/colour.h"
#include "pawl/v1/history.pb.h"

namespace pawl::cli {

struct EventText {
  std::string subject;  // the state's name, the resource, the queue
  std::string summary;  // payload, error and cause, on one line
  std::string payload;  // JSON text; "" where there is none
  Style style = Style::kPlain;
};

EventText DescribeEvent(const v1::HistoryEvent& event);

// The member of `details` that is set, or nullptr ("PassStateAborted" has none).
const google::protobuf::Message* DetailsOf(const v1::HistoryEvent& event);

}  // namespace pawl::cli
