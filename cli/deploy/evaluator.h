// CloudFormation's intrinsic functions, as far as values lead to them: nothing of a template is
// evaluated that nobody asks for.
//
//   Evaluator evaluator(&source, settings, &parameters, &stand_ins);
//   absl::StatusOr<Value> name = evaluator.Evaluate(*properties.Find("StateMachineName"), pointer);
//
// Ref, Fn::Sub, GetAtt, Join, If, FindInMap, Select, Split, Base64, Length, ToJsonString, GetAZs,
// ImportValue, and in conditions Equals, And, Or, Not and Condition. What only AWS would know, as the
// name that it makes up for a table, becomes a stand-in that is noted, unless a parameter gives it.
//
// Errors are InvalidArgument and begin with the place; ResourceExhausted names a limit.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "cli/deploy/bundle.h"
#include "cli/deploy/parameters.h"
#include "cli/deploy/template.h"
#include "engine/value/value.h"

namespace pawl::deploy {

// What stands behind a machine's ARN for a version that the deployment publishes:
// "arn:...:stateMachine:order:{OrderVersion}".
std::string VersionStandIn(const std::string& machine_arn, absl::string_view logical_id);
bool HasVersionStandIn(absl::string_view text);

// Thread-compatible. What the constructor takes must outlive it.
class Evaluator {
 public:
  Evaluator(const Template* source, const Settings& settings, Parameters* parameters,
            std::vector<Note>* stand_ins);

  // `value` without functions. `pointer` is where it stands in the template. Null where it is
  // AWS::NoValue.
  absl::StatusOr<Value> Evaluate(const Value& value, const std::string& pointer);
  // As Evaluate, for a text; numbers and booleans become one, as CloudFormation has it.
  absl::StatusOr<std::string> EvaluateText(const Value& value, const std::string& pointer);
  // Of a name of the template's Conditions. `pointer` is where it is named.
  absl::StatusOr<bool> EvaluateCondition(const std::string& name, const std::string& pointer);
  // The name that a resource has at AWS, or its logical id.
  absl::StatusOr<std::string> NameOf(const std::string& logical_id, bool* is_made_up);

  // Whether stand-ins are noted: not where a value has no effect.
  void set_notes_stand_ins(bool notes) { notes_stand_ins_ = notes; }

  const Template& source() const { return source_; }
  const Settings& settings() const { return settings_; }
  // InvalidArgument with the place before the message.
  absl::Status At(const std::string& pointer, absl::string_view message) const;

 private:
  // No value: AWS::NoValue, which takes its member away.
  using Result = absl::StatusOr<absl::optional<Value>>;
  using Function = Result (Evaluator::*)(const Value& argument, const std::string& pointer);

  static Function FunctionOf(absl::string_view name);

  Result Eval(const Value& value, const std::string& pointer);
  Result EvalArray(const Value& value, const std::string& pointer);
  Result EvalObject(const Value& value, const std::string& pointer);

  Result Ref(const Value& argument, const std::string& pointer);
  Result Sub(const Value& argument, const std::string& pointer);
  Result GetAtt(const Value& argument, const std::string& pointer);
  Result Join(const Value& argument, const std::string& pointer);
  Result If(const Value& argument, const std::string& pointer);
  Result FindInMap(const Value& argument, const std::string& pointer);
  Result Select(const Value& argument, const std::string& pointer);
  Result Split(const Value& argument, const std::string& pointer);
  Result Base64(const Value& argument, const std::string& pointer);
  Result Length(const Value& argument, const std::string& pointer);
  Result ToJsonString(const Value& argument, const std::string& pointer);
  Result GetAZs(const Value& argument, const std::string& pointer);
  Result ImportValue(const Value& argument, const std::string& pointer);

  // The elements of a function's argument: `least` to `most` of them.
  absl::StatusOr<const Value::Elements*> Elements(const Value& argument, const std::string& pointer,
                                                  absl::string_view function, size_t least,
                                                  size_t most) const;
  absl::StatusOr<Value::Elements> EvaluateList(const Value& value, const std::string& pointer);
  absl::StatusOr<bool> Condition(const Value& condition, const std::string& pointer);

  absl::StatusOr<std::string> QualifiedArn(const std::string& name, absl::string_view type,
                                           const std::string& pointer);
  absl::StatusOr<std::string> MachineOfAlias(const std::string& name, const std::string& pointer);
  absl::StatusOr<Value> SamFunctionRef(const std::string& function, const std::string& member,
                                       const std::string& pointer);
  absl::StatusOr<Value> RefTo(const std::string& name, const std::string& pointer);
  absl::optional<Value> PseudoParameter(absl::string_view name) const;
  absl::StatusOr<Value> ParameterValue(const std::string& name, const Value& declaration,
                                       const std::string& pointer);
  absl::StatusOr<std::string> AttributeOf(const std::string& logical_id,
                                          const std::string& attribute, const std::string& pointer);
  absl::StatusOr<std::string> VariableText(absl::string_view variable, const Value* variables,
                                           const std::string& pointer);
  const Value* Section(absl::string_view section, absl::string_view name) const;
  const Value* Resource(absl::string_view logical_id) const {
    return Section("Resources", logical_id);
  }
  absl::Status CheckSize(uint64_t bytes, const std::string& pointer) const;
  void NoteStandIn(const std::string& pointer, const std::string& key, const std::string& value);
  std::string TypeOf(absl::string_view logical_id) const;
  std::string NamesLike(absl::string_view name) const;

  const Template& source_;
  const Settings settings_;
  Parameters* const parameters_;
  std::vector<Note>* const stand_ins_;
  std::set<std::string> noted_;
  bool notes_stand_ins_ = true;
  absl::flat_hash_map<std::string, bool> conditions_;
  std::vector<std::string> visiting_;  // what is being looked up: a circle meets itself here
  size_t steps_ = 0;
  size_t depth_ = 0;
};

}  // namespace pawl::deploy
