// History events to the API's messages. Internal to engine/api.
#pragma once

#include "absl/status/status.h"
#include "engine/core/event.h"
#include "engine/service/history.h"
#include "pawl/v1/history.pb.h"

namespace pawl::api {

// AWS's form of the event (core/aws_history.h), field by field, not by way of JSON text; Pawl's own
// events have messages of their own. OutOfRange or DataLoss, naming the event, where it holds what
// the message cannot: a number beyond the field's type, data that is not of the event's form.
absl::Status ToProto(const core::Event& event, const core::HistoryStyle& style,
                     v1::HistoryEvent* out);

}  // namespace pawl::api
