// Paths into the context object ("$$.Execution.Id"; AWS guide, "Context object"): what it never
// has.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/context_parts.h"
#include "engine/asl/lint_rules.h"
#include "engine/asl/names.h"
#include "engine/asl/state_expressions.h"
#include "engine/expr/json_path.h"

namespace pawl::asl {
namespace {

bool IsInMap(const StateMachine& machine, const State& state) {
  if (state.type == StateType::kMap) return true;
  const StateIndex owner = machine.block(state.block).owner;
  return owner != kNone && IsInMap(machine, machine.state(owner));
}

class Check {
 public:
  Check(const LintSubject& subject, const State& state) : subject_(subject), state_(state) {}

  // Every "$$..." that stands in a field or in an intrinsic function call.
  void Walk(const Value& value, const std::string& pointer, int depth) {
    constexpr int kDeepest = 64;  // of a template; what is deeper is not looked at
    if (depth > kDeepest) return;
    if (value.is_object()) {
      for (const Value::Member& member : value.AsObject()) {
        if (member.second.is_string()) {
          if (IsPathField(member.first)) Text(member.second.AsString(), pointer, member.first);
        } else if (!IsNested(member.first)) {
          Walk(member.second,
               pointer.empty() ? member.first : absl::StrCat(pointer, "/", member.first),
               depth + 1);
        }
      }
    } else if (value.is_array()) {
      for (size_t i = 0; i < value.AsArray().size(); ++i) {
        Walk(value.AsArray()[i], absl::StrCat(pointer, "/", i), depth + 1);
      }
    }
  }

 private:
  static bool IsPathField(absl::string_view name) {
    return absl::EndsWith(name, ".$") || absl::EndsWith(name, "Path") || name == "Variable";
  }
  static bool IsNested(absl::string_view name) {
    return name == "Branches" || name == "ItemProcessor" || name == "Iterator" || name == "Result";
  }

  void Text(const std::string& text, const std::string& pointer, const std::string& field) {
    if (!absl::StartsWith(text, "$$.")) return;
    const std::vector<std::string> names = Names(text);
    const std::string place =
        absl::StrCat(state_.pointer, pointer.empty() ? "" : "/", pointer, "/", field);
    if (names.empty()) return;
    const auto part = std::find_if(ContextParts().begin(), ContextParts().end(),
                                   [&names](const ContextPart& p) { return p.name == names[0]; });
    if (part == ContextParts().end()) {
      std::vector<absl::string_view> known;
      for (const ContextPart& p : ContextParts()) known.push_back(p.name);
      return Warn(place, absl::StrCat("the context object has no '", names[0], "'"), names[0],
                  known);
    }
    if (names.size() > 1 &&
        std::find(part->members.begin(), part->members.end(), names[1]) == part->members.end()) {
      return Warn(place, absl::StrCat("$$.", names[0], " has no '", names[1], "'"), names[1],
                  part->members);
    }
    Availability(place, names[0]);
  }

  void Availability(const std::string& place, absl::string_view part) {
    // Every Task has a token (recorded); it is of use where the Resource waits for it.
    if (part == "Task" && state_.type != StateType::kTask) {
      subject_.sink->Warn("PAWL_PATH_NEVER_EXISTS", place,
                          absl::StrCat("'", state_.name, "' has no task token"),
                          "a token is made for a Task whose Resource ends in .waitForTaskToken");
    }
    if (part == "Map" && !subject_.is_processor && !IsInMap(subject_.machine, state_)) {
      subject_.sink->Warn(
          "PAWL_PATH_NEVER_EXISTS", place,
          absl::StrCat("$$.Map is there in a Map state only, and '", state_.name, "' is in none"),
          "move it into the ItemSelector of a Map");
    }
  }

  // The plain names at the beginning of "$$.a.b[0].c": {"a", "b"}.
  static std::vector<std::string> Names(absl::string_view text) {
    std::vector<std::string> names;
    text.remove_prefix(2);
    while (absl::StartsWith(text, ".")) {
      size_t end = 1;
      while (end < text.size() &&
             (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) != 0)) {
        ++end;
      }
      if (end == 1) break;
      names.emplace_back(text.substr(1, end - 1));
      text.remove_prefix(end);
    }
    return names;
  }

  void Warn(const std::string& place, std::string message, absl::string_view name,
            const std::vector<absl::string_view>& known) {
    const std::string closest = ClosestName(name, known);
    subject_.sink->Warn("PAWL_PATH_NEVER_EXISTS", place, std::move(message),
                        closest.empty() ? absl::StrCat("it has ", absl::StrJoin(known, ", "))
                                        : absl::StrCat("did you mean '", closest, "'?"));
  }

  const LintSubject& subject_;
  const State& state_;
};

}  // namespace

void LintContextPaths(const LintSubject& subject) {
  for (const State& state : subject.machine.states()) {
    if (state.language == QueryLanguage::kJsonata) continue;
    bool reads_context = false;
    EachExpression(state, [&reads_context](const std::string&, const expr::Expression& expression) {
      reads_context = reads_context || expression.uses_context();
    });
    if (reads_context) Check(subject, state).Walk(subject.Json(state), "", 0);
  }
}

}  // namespace pawl::asl
