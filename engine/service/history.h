// Histories: a page at a time (GetExecutionHistory). Following one is follow.h.
#pragma once

#include <string>
#include <vector>

#include "engine/core/aws_history.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"
#include "engine/service/history_cursor.h"

namespace pawl::service {

struct HistoryQuery {
  std::string execution;  // an ARN or MACHINE/NAME
  int page_size = 0;      // 1 to 1000 events; 0 means 100
  std::string page_token;
  bool reverse = false;
  bool includes_internal = false;
};

struct HistoryPage {
  std::vector<core::Event> events;
  std::string next_page_token;  // "" at the end
  core::HistoryStyle style;
};

class Histories {
 public:
  explicit Histories(Deps deps) : deps_(deps) {}

  // A page ends by its number of events or by about 3 MiB, whichever comes first, with a token
  // where there is more; it has at least one event if there is one. InvalidArn,
  // ExecutionDoesNotExist, InvalidToken, StateMachineTypeNotSupported (EXPRESS), DataLoss. `done`
  // runs where it may convert.
  void Get(const CallContext& context, HistoryQuery query, Done<HistoryPage> done);

 private:
  const Deps deps_;
};

}  // namespace pawl::service
