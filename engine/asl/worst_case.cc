#include "engine/asl/worst_case.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/asl/graph.h"

namespace pawl::asl {
namespace {

constexpr size_t kMostReasons = 4;
constexpr double kMostAttempts = 1e15;  // as good as any number above

void AddReason(const std::string& reason, WorstCase* cost) {
  const bool is_known = std::find(cost->open.begin(), cost->open.end(), reason) != cost->open.end();
  if (!is_known && cost->open.size() < kMostReasons) cost->open.push_back(reason);
}

// `more` after `cost`.
void Append(const WorstCase& more, WorstCase* cost) {
  cost->duration += more.duration;
  cost->attempts = std::min(cost->attempts + more.attempts, kMostAttempts);
  cost->are_attempts_open = cost->are_attempts_open || more.are_attempts_open;
  for (const std::string& reason : more.open) AddReason(reason, cost);
}

// `other` instead of `cost`.
void TakeWorse(const WorstCase& other, WorstCase* cost) {
  cost->duration = std::max(cost->duration, other.duration);
  cost->attempts = std::max(cost->attempts, other.attempts);
  cost->are_attempts_open = cost->are_attempts_open || other.are_attempts_open;
  for (const std::string& reason : other.open) AddReason(reason, cost);
}

absl::Duration AllDelays(const Retrier& retrier) {
  constexpr int64_t kMostSteps = 100'000;
  absl::Duration sum, delay = std::min(retrier.interval, retrier.max_delay);
  for (int64_t i = 0; i < retrier.max_attempts; ++i) {
    const absl::Duration next = std::min(delay * retrier.backoff_rate, retrier.max_delay);
    if (next == delay) return sum + delay * static_cast<double>(retrier.max_attempts - i);
    if (i >= kMostSteps) return absl::InfiniteDuration();
    sum += delay;
    delay = next;
  }
  return sum;
}

class Calculation {
 public:
  explicit Calculation(const StateMachine& machine)
      : machine_(machine), component_(Components(machine)), blocks_(machine.blocks().size()) {
    reached_.resize(machine.states().size());
    members_.resize(machine.states().size());
    states_.resize(machine.blocks().size());
    for (StateIndex i = 0; i < static_cast<StateIndex>(component_.size()); ++i) {
      members_[Component(i)].push_back(i);
      states_[static_cast<size_t>(machine.state(i).block)].push_back(i);
    }
  }

  std::vector<WorstCase> Run() {
    // A block is declared after the state that owns it: the innermost come first.
    for (size_t block = blocks_.size(); block-- > 0;) CalculateBlock(block);
    std::vector<WorstCase> ends;
    for (StateIndex i : states_[0]) {
      if (!machine_.state(i).is_terminal) continue;
      ends.push_back(reached_[Component(i)]);
      ends.back().end = i;
    }
    return ends;
  }

 private:
  size_t Component(StateIndex state) const {
    return static_cast<size_t>(component_[static_cast<size_t>(state)]);
  }

  void CalculateBlock(size_t block) {
    // Components are numbered against the direction of transitions.
    std::vector<StateIndex> order = states_[block];
    std::stable_sort(order.begin(), order.end(),
                     [this](StateIndex a, StateIndex b) { return Component(a) > Component(b); });
    size_t last = members_.size();
    for (StateIndex state : order) {
      const size_t component = Component(state);
      if (component == last) continue;
      last = component;
      Append(CostOfComponent(component), &reached_[component]);
      for (StateIndex member : members_[component]) {
        if (machine_.state(member).is_terminal) TakeWorse(reached_[component], &blocks_[block]);
        for (StateIndex next : Successors(machine_.state(member))) {
          if (Component(next) != component) {
            TakeWorse(reached_[component], &reached_[Component(next)]);
          }
        }
      }
    }
  }

  WorstCase CostOfComponent(size_t component) const {
    WorstCase cost;
    const std::vector<StateIndex>& members = members_[component];
    for (StateIndex member : members) Append(CostOf(machine_.state(member)), &cost);
    const std::vector<StateIndex> next = Successors(machine_.state(members[0]));
    const bool is_loop =
        members.size() > 1 || std::find(next.begin(), next.end(), members[0]) != next.end();
    if (!is_loop) return cost;
    std::vector<std::string> names;
    for (StateIndex member : members) {
      if (names.size() < 3) names.push_back(absl::StrCat("'", machine_.state(member).name, "'"));
    }
    AddReason(absl::StrCat("the loop through ", absl::StrJoin(names, ", "),
                           members.size() > names.size() ? ", ..." : ""),
              &cost);
    cost.are_attempts_open = cost.attempts > 0;
    return cost;
  }

  WorstCase CostOf(const State& state) const {
    WorstCase cost;
    if (const auto* task = std::get_if<TaskFields>(&state.fields)) {
      cost.attempts = 1;
      if (task->timeout_seconds.literal.has_value()) {
        cost.duration = absl::Seconds(*task->timeout_seconds.literal);
      } else {
        AddReason(absl::StrCat("'", state.name, "' has ",
                               task->timeout_seconds.present() ? "a TimeoutSeconds of the input"
                                                               : "no TimeoutSeconds"),
                  &cost);
      }
    } else if (const auto* wait = std::get_if<WaitFields>(&state.fields)) {
      if (wait->seconds.literal.has_value()) {
        cost.duration = absl::Seconds(*wait->seconds.literal);
      } else {
        AddReason(absl::StrCat("'", state.name, "' waits for a time of its own"), &cost);
      }
    } else if (const auto* parallel = std::get_if<ParallelFields>(&state.fields)) {
      for (BlockIndex branch : parallel->branches) {
        const WorstCase& inner = blocks_[static_cast<size_t>(branch)];
        const double before = cost.attempts;
        TakeWorse(inner, &cost);
        cost.attempts = std::min(before + inner.attempts, kMostAttempts);
      }
    } else if (const auto* map = std::get_if<MapFields>(&state.fields)) {
      if (map->processor != kNone) cost = blocks_[static_cast<size_t>(map->processor)];
      AddReason(absl::StrCat("'", state.name, "' runs for each item"), &cost);
      cost.are_attempts_open = cost.attempts > 0 || map->distributed != nullptr;
    }
    WithRetries(state, &cost);
    return cost;
  }

  static void WithRetries(const State& state, WorstCase* cost) {
    double tries = 1;
    absl::Duration delays;
    for (const Retrier& retrier : state.retriers) {
      tries += static_cast<double>(retrier.max_attempts);
      delays += AllDelays(retrier);
    }
    cost->attempts = std::min(cost->attempts * tries, kMostAttempts);
    cost->duration = cost->duration * tries + delays;
  }

  const StateMachine& machine_;
  const std::vector<int> component_;
  std::vector<std::vector<StateIndex>> members_;  // by component
  std::vector<std::vector<StateIndex>> states_;   // by block
  std::vector<WorstCase> reached_;                // by component: up to and with it
  std::vector<WorstCase> blocks_;                 // up to the worst of their ends
};

std::string AttemptsText(const WorstCase& worst) {
  if (worst.are_attempts_open) return "any number of attempts";
  if (worst.attempts >= kMostAttempts) return "more attempts than anybody counts";
  return absl::StrFormat("%.0f attempt%s", worst.attempts, worst.attempts == 1 ? "" : "s");
}

}  // namespace

std::vector<WorstCase> WorstCases(const StateMachine& machine) {
  return Calculation(machine).Run();
}

std::string SpanText(absl::Duration span) {
  if (span == absl::InfiniteDuration()) return "for ever";
  const int64_t seconds = absl::ToInt64Seconds(span);
  const int64_t days = seconds / 86'400, hours = seconds / 3'600 % 24;
  const int64_t minutes = seconds / 60 % 60;
  const auto two = [](int64_t a, const char* unit, int64_t b, const char* smaller) {
    return absl::StrCat(a, unit, b == 0 ? "" : absl::StrCat(" ", b, smaller));
  };
  if (days > 0) return two(days, " d", hours, " h");
  if (hours > 0) return two(hours, " h", minutes, " min");
  if (minutes > 0) return two(minutes, " min", seconds % 60, " s");
  return absl::StrCat(seconds, " s");
}

void ReportWorstCases(const StateMachine& machine, DiagnosticSink* sink) {
  constexpr size_t kMostEnds = 50;
  std::vector<WorstCase> ends = WorstCases(machine);
  if (ends.size() > kMostEnds) ends.resize(kMostEnds);
  for (const WorstCase& worst : ends) {
    const bool is_instant =
        worst.open.empty() && worst.attempts == 0 && worst.duration == absl::ZeroDuration();
    if (is_instant) continue;
    std::string duration = worst.open.empty() ? SpanText(worst.duration) : "any time";
    if (machine.timeout() < absl::InfiniteDuration() &&
        (!worst.open.empty() || worst.duration > machine.timeout())) {
      duration = absl::StrCat(SpanText(machine.timeout()), " (TimeoutSeconds of the machine)");
    }
    const std::string reasons =
        worst.open.empty() ? "" : absl::StrCat("; open: ", absl::StrJoin(worst.open, ", "));
    const State& end = machine.state(worst.end);
    sink->Add(Severity::kInfo, "PAWL_WORST_CASE", end.pointer,
              absl::StrCat("worst case up to '", end.name, "': ", duration, ", ",
                           AttemptsText(worst), reasons),
              worst.open.empty() ? "nothing to do: for knowledge only"
                                 : "TimeoutSeconds of a Task, or of the machine, sets a bound");
  }
}

}  // namespace pawl::asl
