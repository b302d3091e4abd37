// A retrier or catcher without a chance. The names match as in engine/core/failure.cc.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/lint_rules.h"

namespace pawl::asl {
namespace {

// Errors of the machine's own that no Task ends with.
constexpr absl::string_view kNotOfTasks[] = {
    "States.NoChoiceMatched",
    "States.BranchFailed",
    "States.ItemReaderFailed",
    "States.ResultWriterFailed",
    "States.ExceedToleratedFailureThreshold",
};

bool IsTimeout(absl::string_view name) {
  return name == "States.Timeout" || name == "States.HeartbeatTimeout";
}

// Whether everything that `name` matches is matched by `earlier`.
bool Covers(absl::string_view earlier, absl::string_view name, StateType type) {
  if (earlier == name || earlier == "States.ALL") return true;
  if (earlier == "States.Timeout") return name == "States.HeartbeatTimeout";
  // Of a Parallel or Map, an error may come from a Fail state inside, which is no failed task.
  return earlier == "States.TaskFailed" && type == StateType::kTask && !IsTimeout(name) &&
         name != "States.ALL";
}

using Lists = std::vector<const std::vector<std::string>*>;

// Why entry `i` can never match `name`; "" where it can.
std::string WhyNot(const Lists& lists, size_t i, const std::string& name, StateType type) {
  if (name == "States.Runtime") return "States.Runtime is neither retried nor caught";
  if (type == StateType::kTask &&
      std::find(std::begin(kNotOfTasks), std::end(kNotOfTasks), name) != std::end(kNotOfTasks)) {
    return absl::StrCat(name, " is no error of a Task");
  }
  for (size_t before = 0; before < i; ++before) {
    for (const std::string& earlier : *lists[before]) {
      if (!Covers(earlier, name, type)) continue;
      return absl::StrCat(name, " is taken by entry ", before, ", which names ", earlier);
    }
  }
  return "";
}

void LintLists(const LintSubject& subject, const State& state, const Lists& lists,
               absl::string_view field, absl::string_view code) {
  constexpr size_t kMostEntries = 64;  // the comparison is quadratic
  for (size_t i = 0; i < std::min(lists.size(), kMostEntries); ++i) {
    std::string why;
    bool has_chance = lists[i]->empty() || lists[i]->size() > kMostEntries;
    for (const std::string& name : *lists[i]) {
      if (has_chance) break;
      why = WhyNot(lists, i, name, state.type);
      has_chance = why.empty();
    }
    if (has_chance) continue;
    subject.sink->Warn(code, absl::StrCat(state.pointer, "/", field, "/", i, "/ErrorEquals"),
                       absl::StrCat("this entry of ", std::string(field), " never matches: ", why),
                       absl::StrContains(why, "is taken by")
                           ? "move it before that entry, or take it out"
                           : "take it out");
  }
}

}  // namespace

void LintErrorNames(const LintSubject& subject) {
  for (const State& state : subject.machine.states()) {
    Lists retriers, catchers;
    for (const Retrier& retrier : state.retriers) retriers.push_back(&retrier.error_equals);
    for (const Catcher& catcher : state.catchers) catchers.push_back(&catcher.error_equals);
    LintLists(subject, state, retriers, "Retry", "PAWL_RETRIER_NEVER_MATCHES");
    LintLists(subject, state, catchers, "Catch", "PAWL_CATCHER_NEVER_MATCHES");
  }
}

}  // namespace pawl::asl
