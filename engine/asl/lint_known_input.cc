// Paths into an input that is known: every way to the state comes straight from a Pass state whose
// output is written in the definition.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/graph.h"
#include "engine/asl/lint_rules.h"
#include "engine/asl/locate.h"
#include "engine/asl/static_path.h"

namespace pawl::asl {
namespace {

// The output of a state, as far as it is written down.
struct Source {
  const State* state;
  const Value* json;  // of its Result or Parameters
  bool is_template;
};

class Check {
 public:
  explicit Check(const LintSubject& subject) : subject_(subject) {
    const auto& states = subject.machine.states();
    before_.resize(states.size());
    for (StateIndex i = 0; i < static_cast<StateIndex>(states.size()); ++i) {
      for (StateIndex next : Successors(states[static_cast<size_t>(i)])) {
        before_[static_cast<size_t>(next)].push_back(i);
      }
    }
    for (const Block& block : subject.machine.blocks()) {
      if (block.start_at != kNone) before_[static_cast<size_t>(block.start_at)].push_back(kNone);
    }
  }

  void Run() {
    const auto& states = subject_.machine.states();
    for (size_t i = 0; i < states.size(); ++i) {
      if (states[i].language != QueryLanguage::kJsonPath) continue;
      std::vector<Source> sources;
      if (Collect(i, &sources)) CheckState(states[i], sources);
    }
  }

 private:
  // False where some way to the state is not known.
  bool Collect(size_t state, std::vector<Source>* sources) const {
    constexpr size_t kMostSources = 16;
    if (before_[state].empty() || before_[state].size() > kMostSources) return false;
    for (StateIndex before : before_[state]) {
      if (before == kNone) return false;
      const State& source = subject_.machine.state(before);
      const char* field = source.type == StateType::kPass ? ResultField(source) : nullptr;
      const bool is_all = source.result_path.kind == ResultPath::Kind::kReplace &&
                          source.output_path.kind == PathField::Kind::kAbsent;
      if (field == nullptr || !is_all || source.language != QueryLanguage::kJsonPath) return false;
      const Value* json = subject_.Json(source).Find(field);
      sources->push_back({&source, json, field != std::string("Result")});
    }
    return true;
  }

  void CheckState(const State& state, const std::vector<Source>& sources) {
    const Value& json = subject_.Json(state);
    const Value* input_path = json.Find("InputPath");
    if (input_path != nullptr) return CheckPath(state, "InputPath", *input_path, sources);
    for (const char* field : {"ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath",
                              "HeartbeatSecondsPath"}) {
      if (json.Find(field) != nullptr) CheckPath(state, field, *json.Find(field), sources);
    }
    // Of a Map they see the items.
    const Value* parameters = json.Find("Parameters");
    if (parameters == nullptr || state.type == StateType::kMap) return;
    CheckTemplate(state, "Parameters", *parameters, sources, 0);
  }

  void CheckTemplate(const State& state, const std::string& field, const Value& value,
                     const std::vector<Source>& sources, int depth) {
    constexpr int kDeepest = 32;
    if (depth > kDeepest || !value.is_object()) return;
    for (const auto& [name, member] : value.AsObject()) {
      const std::string place = absl::StrCat(field, "/", EscapePointer(name));
      if (absl::EndsWith(name, ".$")) CheckPath(state, place, member, sources);
      CheckTemplate(state, place, member, sources, depth + 1);
    }
  }

  void CheckPath(const State& state, const std::string& field, const Value& text,
                 const std::vector<Source>& sources) {
    if (!text.is_string()) return;
    const StaticPath path = ParseStaticPath(text.AsString());
    if (!path.is_input) return;
    std::string missing;
    for (const Source& source : sources) {
      const auto name = MissingName(*source.json, source.is_template, path.names);
      if (!name.has_value()) return;
      missing = *name;
    }
    subject_.sink->Warn(
        "PAWL_PATH_NEVER_EXISTS", absl::StrCat(state.pointer, "/", field),
        absl::StrCat("the input of '", state.name, "' is what '", sources[0].state->name,
                     "' makes, and that has no '", missing, "'"),
        absl::StrCat("give '", sources[0].state->name,
                     "' a ResultPath to keep its input, or add the member there"));
  }

  const LintSubject& subject_;
  std::vector<std::vector<StateIndex>> before_;  // by state; kNone for the start of a block
};

}  // namespace

void LintKnownInputs(const LintSubject& subject) { Check(subject).Run(); }

}  // namespace pawl::asl
