// What a history says about the states of a machine. Pure.
//
//   ProgressFold fold;
//   for (const v1::HistoryEvent& event : events) fold.Add(event);   // in order, with internal ones
//   GraphProgress progress = fold.Finish(is_closed);
#pragma once

#include <string>
#include <unordered_map>

#include "cli/graph_model.h"
#include "pawl/v1/history.pb.h"

namespace pawl::cli {

// Thread-compatible.
class ProgressFold {
 public:
  void Add(const v1::HistoryEvent& event);
  // `is_closed`: the execution has ended, so what is still open was stopped.
  GraphProgress Finish(bool is_closed) const;

 private:
  struct Seen {
    int64_t entered = 0;
    int64_t exited = 0;
    int64_t retries = 0;
    int64_t caught = 0;
    int64_t failed = 0;       // failures since the last success or exit
    bool has_failed = false;  // and was not left since
  };

  std::unordered_map<std::string, Seen> states_;
  // Of every event the state it belongs to: AWS's events say only which event they follow from.
  std::unordered_map<int64_t, std::string> state_of_;
  std::map<std::pair<std::string, std::string>, int64_t> transitions_;
};

}  // namespace pawl::cli
