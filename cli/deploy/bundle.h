// What a deployment wants the engine to have, whatever form it was written in. Plain data.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/asl/compile.h"
#include "engine/asl/locate.h"
#include "engine/value/value.h"

namespace pawl::deploy {

using Tags = std::map<std::string, std::string>;

// The tag that says which stack a machine or an activity belongs to: what `--prune` goes by.
inline constexpr char kStackTag[] = "pawl:deployed-from";

// Something to be said of a place in the files.
struct Note {
  std::string where;  // "template.yaml:12:7", or the file alone
  std::string text;
};

// What people see of a definition's problems.
struct DefinitionSource {
  std::string path;
  std::string text;
  // Where the value stands in `text` that a JSON pointer into the definition names. Null: the
  // definition is `text`.
  std::function<asl::TextPosition(const std::string& pointer)> locate = nullptr;
};

// A share of an alias. Version 0 is the version that stands for the machine's revision after the
// deployment.
struct Route {
  int64_t version = 0;
  int32_t weight = 100;
  friend bool operator==(const Route&, const Route&) = default;
};

struct Alias {
  std::string name;
  std::string description;
  std::vector<Route> routes;  // one or two, weights 100 together
};

enum class Publishes {
  kNothing,
  kFirst,     // a version where the machine has none yet
  kRevision,  // a version of every revision
};

struct Machine {
  std::string name;
  std::string stack;
  std::string where;
  asl::MachineType type = asl::MachineType::kStandard;
  std::string role_arn = {};  // "" where none is named
  std::string definition;     // JSON
  Value value;                // of `definition`
  DefinitionSource source;
  Tags tags;
  bool is_retained = false;  // outlives its stack: carries no kStackTag
  Publishes publishes = Publishes::kNothing;
  std::string version_description = {};
  std::vector<Alias> aliases = {};
};

struct Activity {
  std::string name;
  std::string stack;
  std::string where;
  Tags tags;
  bool is_retained = false;
};

struct Bundle {
  std::string form;  // "SAM template", "folder of definitions": for people
  std::vector<std::string> stacks;
  std::vector<Machine> machines;
  std::vector<Activity> activities;
  std::vector<Note> left_out;   // what is not deployed, or does not have its effect here
  std::vector<Note> stand_ins;  // values that only AWS would know, and what they are here
};

}  // namespace pawl::deploy
