#include "engine/machine_test/coverage.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/compile.h"

namespace pawl::machine_test {
namespace {

std::string NameOf(const asl::StateMachine& machine, asl::StateIndex state) {
  return state == asl::kNone ? "the end" : machine.state(state).name;
}

std::string Numbered(const std::string& state, const char* what, size_t index,
                     const std::vector<std::string>& errors) {
  return absl::StrCat(state, ": ", what, " ", index + 1, " (", absl::StrJoin(errors, ", "), ")");
}

}  // namespace

const char* KindName(CoverageKind kind) {
  switch (kind) {
    case CoverageKind::kState:
      return "states";
    case CoverageKind::kTransition:
      return "transitions";
    case CoverageKind::kCatcher:
      return "catchers";
    case CoverageKind::kRetrier:
      return "retriers";
  }
  return "";
}

void Coverage::AddState(const asl::StateMachine& machine, const asl::State& state, Entry* entry) {
  const auto add = [&](CoverageKind kind, int index, std::string label) {
    entry->items.emplace_back(Key{kind, state.name, index}, std::move(label));
  };
  add(CoverageKind::kState, 0, state.name);
  if (const auto* choice = std::get_if<asl::ChoiceFields>(&state.fields)) {
    for (size_t i = 0; i < choice->rules.size(); ++i) {
      add(CoverageKind::kTransition, static_cast<int>(i),
          absl::StrCat(state.name, ": rule ", i + 1, " → ",
                       NameOf(machine, choice->rules[i].next)));
    }
    if (choice->default_next != asl::kNone) {
      add(CoverageKind::kTransition, -1,
          absl::StrCat(state.name, ": Default → ", NameOf(machine, choice->default_next)));
    }
  }
  for (size_t i = 0; i < state.catchers.size(); ++i) {
    add(CoverageKind::kCatcher, static_cast<int>(i),
        absl::StrCat(Numbered(state.name, "catcher", i, state.catchers[i].error_equals), " → ",
                     NameOf(machine, state.catchers[i].next)));
  }
  for (size_t i = 0; i < state.retriers.size(); ++i) {
    add(CoverageKind::kRetrier, static_cast<int>(i),
        Numbered(state.name, "retrier", i, state.retriers[i].error_equals));
  }
}

void Coverage::AddStates(const asl::StateMachine& machine, Entry* entry) {
  for (const asl::State& state : machine.states()) {
    AddState(machine, state, entry);
    const auto* map = std::get_if<asl::MapFields>(&state.fields);
    if (map != nullptr && map->distributed != nullptr) {
      AddStates(*map->distributed->processor, entry);
    }
  }
}

void Coverage::Add(const Machine& machine) {
  if (machines_.count(machine.path) > 0) return;
  std::vector<asl::Diagnostic> diagnostics;
  const auto compiled = asl::Compile(machine.definition, {}, &diagnostics);
  if (compiled == nullptr) return;
  order_.push_back(machine.path);
  AddStates(*compiled, &machines_[machine.path]);
}

void Coverage::Hit(const std::string& path, CoverageKind kind, const std::string& state,
                   int index) {
  const auto it = machines_.find(path);
  if (it != machines_.end()) ++it->second.hits[Key{kind, state, index}];
}

std::vector<MachineCoverage> Coverage::Report() const {
  std::vector<MachineCoverage> report;
  for (const std::string& path : order_) {
    const Entry& entry = machines_.at(path);
    MachineCoverage machine;
    machine.path = path;
    for (const auto& [key, label] : entry.items) {
      const auto hits = entry.hits.find(key);
      machine.items.push_back(
          CoverageItem{std::get<0>(key), label, hits == entry.hits.end() ? 0 : hits->second});
    }
    report.push_back(std::move(machine));
  }
  return report;
}

double Percent(const std::vector<CoverageItem>& items) {
  if (items.empty()) return 100;
  const auto covered = std::count_if(items.begin(), items.end(),
                                     [](const CoverageItem& item) { return item.hits > 0; });
  return 100 * static_cast<double>(covered) / static_cast<double>(items.size());
}

std::vector<CoverageItem> OfKind(const std::vector<CoverageItem>& items, CoverageKind kind) {
  std::vector<CoverageItem> found;
  std::copy_if(items.begin(), items.end(), std::back_inserter(found),
               [kind](const CoverageItem& item) { return item.kind == kind; });
  return found;
}

}  // namespace pawl::machine_test
