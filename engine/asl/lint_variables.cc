// Which variables may be assigned when a state is entered: the union over all ways there, so what
// is not in it is assigned on none of them (ASL, "Variables").
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/asl/lint_rules.h"
#include "engine/asl/names.h"
#include "engine/asl/state_expressions.h"

namespace pawl::asl {
namespace {

using Set = std::vector<uint64_t>;  // of variables, by number

// What a transition brings along: where to, and what is assigned on the way.
struct Edge {
  StateIndex to;
  Set assigned;
};

class Analysis {
 public:
  explicit Analysis(const LintSubject& subject) : subject_(subject) {}

  void Run() {
    const auto& states = subject_.machine.states();
    NumberVariables();
    words_ = numbers_.size() / 64 + 1;
    // Both bounds are far beyond what people write; past them the rule is silent.
    constexpr size_t kMostWords = size_t{1} << 22;
    if (states.size() * words_ > kMostWords) return;
    entered_.assign(states.size(), Set(words_, 0));
    const auto& blocks = subject_.machine.blocks();
    for (size_t b = 0; b < blocks.size(); ++b) {
      // A block is declared after the state that owns it, whose set is then complete.
      Set outer(words_, 0);
      if (blocks[b].owner != kNone) outer = entered_[static_cast<size_t>(blocks[b].owner)];
      if (!Spread(blocks[b].start_at, outer)) return;
    }
    for (size_t i = 0; i < states.size(); ++i) Report(states[i], entered_[i]);
  }

 private:
  void NumberVariables() {
    for (const State& state : subject_.machine.states()) {
      const Value& json = subject_.Json(state);
      Number(json);
      for (absl::string_view list : {"Catch", "Choices"}) {
        const Value* entries = json.Find(list);
        if (entries == nullptr) continue;
        for (const Value& entry : entries->AsArray()) Number(entry);
      }
    }
  }

  void Number(const Value& holder) {
    for (const std::string& name : NamesOf(holder)) numbers_.emplace(name, numbers_.size());
  }

  static std::vector<std::string> NamesOf(const Value& holder) {
    std::vector<std::string> names;
    const Value* assign = holder.Find("Assign");
    if (assign == nullptr || !assign->is_object()) return names;
    for (const Value::Member& member : assign->AsObject()) {
      names.push_back(std::string(absl::StripSuffix(member.first, ".$")));
    }
    return names;
  }

  Set AssignedBy(const Value& holder) const {
    Set set(words_, 0);
    for (const std::string& name : NamesOf(holder)) {
      const size_t n = numbers_.at(name);
      set[n / 64] |= uint64_t{1} << (n % 64);
    }
    return set;
  }

  // A matching rule or catcher assigns instead of the state, not beside it.
  std::vector<Edge> EdgesOf(const State& state) const {
    const Value& json = subject_.Json(state);
    std::vector<Edge> edges = {{state.next, AssignedBy(json)}};
    for (size_t i = 0; i < state.catchers.size(); ++i) {
      edges.push_back({state.catchers[i].next, AssignedBy(json.Find("Catch")->AsArray()[i])});
    }
    if (const auto* choice = std::get_if<ChoiceFields>(&state.fields)) {
      edges.push_back({choice->default_next, AssignedBy(json)});
      for (size_t i = 0; i < choice->rules.size(); ++i) {
        edges.push_back({choice->rules[i].next, AssignedBy(json.Find("Choices")->AsArray()[i])});
      }
    }
    return edges;
  }

  // False where it takes too long.
  bool Spread(StateIndex start, const Set& outer) {
    if (start == kNone) return true;
    std::deque<StateIndex> open;
    absl::flat_hash_map<StateIndex, std::vector<Edge>> edges;
    absl::flat_hash_set<StateIndex> seen;
    const auto add = [&](StateIndex to, const Set& set) {
      Set& entered = entered_[static_cast<size_t>(to)];
      bool is_new = seen.insert(to).second;
      for (size_t w = 0; w < words_; ++w) {
        is_new = is_new || (set[w] & ~entered[w]) != 0;
        entered[w] |= set[w];
      }
      if (is_new) open.push_back(to);
    };
    add(start, outer);
    while (!open.empty()) {
      const StateIndex here = open.front();
      open.pop_front();
      if (!edges.contains(here)) edges.emplace(here, EdgesOf(subject_.machine.state(here)));
      for (const Edge& edge : edges.at(here)) {
        if (edge.to == kNone) continue;
        Set set = entered_[static_cast<size_t>(here)];
        for (size_t w = 0; w < words_; ++w) set[w] |= edge.assigned[w];
        add(edge.to, set);
        work_ += words_;
      }
      constexpr size_t kMostWork = 100'000'000;
      if (work_ > kMostWork) return false;
    }
    return true;
  }

  void Report(const State& state, const Set& entered) {
    absl::flat_hash_set<std::string> reported;
    EachExpression(state, [&](const std::string& pointer, const expr::Expression& expression) {
      std::vector<std::string> names;
      expression.AddVariables(&names);
      for (const std::string& name : names) {
        const auto it = numbers_.find(name);
        const bool is_known = it != numbers_.end();
        const bool may_be = is_known && ((entered[it->second / 64] >> (it->second % 64)) & 1) != 0;
        if (may_be || !reported.insert(name).second) continue;
        subject_.sink->Warn("PAWL_UNDEFINED_VARIABLE", pointer, Message(state, name, is_known),
                            Remedy(name, is_known));
      }
    });
  }

  static std::string Message(const State& state, const std::string& name, bool is_known) {
    if (!is_known) return absl::StrCat("nothing assigns the variable $", name);
    return absl::StrCat("no way to '", state.name, "' assigns the variable $", name,
                        " before it is read");
  }

  std::string Remedy(const std::string& name, bool is_known) const {
    if (is_known) return "what a state assigns is there in the states that come after it";
    if (subject_.is_processor) {
      return "the children of a Distributed Map see no variables of the machine around: hand the "
             "value on in ItemSelector";
    }
    std::vector<std::string> known = {"states"};
    for (const auto& [variable, number] : numbers_) known.push_back(variable);
    const std::string meant = DidYouMean(name, known);
    return meant.empty() ? "assign it in the Assign of a state before this one" : meant;
  }

  static std::string DidYouMean(const std::string& name, const std::vector<std::string>& known) {
    const std::string closest = ClosestName(name, known);
    return closest.empty() ? "" : absl::StrCat("did you mean $", closest, "?");
  }

  const LintSubject& subject_;
  absl::flat_hash_map<std::string, size_t>
      numbers_;  // of the variables that are assigned somewhere
  size_t words_ = 1;
  std::vector<Set> entered_;  // by state
  size_t work_ = 0;
};

}  // namespace

void LintVariables(const LintSubject& subject) { Analysis(subject).Run(); }

}  // namespace pawl::asl
