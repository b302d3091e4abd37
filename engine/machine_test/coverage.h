// What of a machine its tests have been through: states, ways out of Choice states, catchers and
// retriers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "engine/asl/state_machine.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

enum class CoverageKind { kState, kTransition, kCatcher, kRetrier };
inline constexpr CoverageKind kCoverageKinds[] = {CoverageKind::kState, CoverageKind::kTransition,
                                                  CoverageKind::kCatcher, CoverageKind::kRetrier};
const char* KindName(CoverageKind kind);  // "states", "transitions"...

struct CoverageItem {
  CoverageKind kind = CoverageKind::kState;
  std::string label;  // "Charge", "IsLarge: rule 1 → Approve", "Charge: catcher 1 (CardDeclined)"
  int64_t hits = 0;
};

struct MachineCoverage {
  std::string path;  // of the definition
  std::vector<CoverageItem> items;
};

// Thread-compatible.
class Coverage {
 public:
  // Once for each definition; again for the same path does nothing.
  void Add(const Machine& machine);
  // `index`: of the rule (-1: Default), catcher or retrier; 0 for states.
  void Hit(const std::string& path, CoverageKind kind, const std::string& state, int index);

  // In the order of the definition.
  std::vector<MachineCoverage> Report() const;

 private:
  using Key = std::tuple<CoverageKind, std::string, int>;
  struct Entry {
    std::vector<std::pair<Key, std::string>> items;  // with labels
    std::map<Key, int64_t> hits;
  };
  void AddStates(const asl::StateMachine& machine, Entry* entry);
  static void AddState(const asl::StateMachine& machine, const asl::State& state, Entry* entry);

  std::vector<std::string> order_;
  std::map<std::string, Entry> machines_;  // by path
};

// How many of `items` are covered; 100 if there are none.
double Percent(const std::vector<CoverageItem>& items);
std::vector<CoverageItem> OfKind(const std::vector<CoverageItem>& items, CoverageKind kind);

}  // namespace pawl::machine_test
