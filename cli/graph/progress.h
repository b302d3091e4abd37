// What a history says about the states of a machine. Pure.
//
//   ProgressFold fold;
//   for (const v1::HistoryEvent& event : events) fold.Add(event);   // in order, with internal ones
//   GraphProgress progress = fold.Finish(is_closed);
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "cli/graph/model.h"
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
    std::string type;  // "Parallel"
    int64_t entered = 0;
    int64_t exited = 0;
    int64_t retries = 0;
    int64_t caught = 0;
    bool has_failed = false;  // its last attempt
  };
  struct Origin {
    std::string state;
    bool is_failure = false;
  };

  void Enter(const v1::HistoryEvent& event, const std::string& before);
  void Exit(const v1::HistoryEvent& event, bool was_failure);
  StateProgress ProgressOf(const Seen& seen, bool is_closed) const;

  std::unordered_map<std::string, Seen> states_;
  // The state that each event belongs to: AWS's events say only which event they follow from.
  std::unordered_map<int64_t, Origin> origins_;
  std::map<std::pair<std::string, std::string>, int64_t> transitions_;
  // Parallel and Map states that failed and were not left since. Their events follow from the
  // branch that failed, not from the state.
  std::map<std::string, int64_t> failed_fan_outs_;
};

}  // namespace pawl::cli
