// Internal to engine/asl: the compiler's state, shared by compile.cc (document, blocks,
// transitions), compile_state.cc (one function per state type), compile_map.cc and
// compile_retry.cc.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "engine/asl/compile.h"
#include "engine/asl/field_reader.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

// "JSONPath" or "JSONata".
absl::optional<QueryLanguage> ParseLanguage(const Value& value);

// The language of an object that may have a QueryLanguage. As on AWS, what is neither is reported
// and taken for JSONata.
QueryLanguage TakeLanguage(FieldReader* reader, QueryLanguage inherited);

class Compiler {
 public:
  Compiler(const CompileOptions& options, DiagnosticSink* sink) : options_(options), sink_(sink) {}

  // The machine, whether or not diagnostics were given.
  std::shared_ptr<StateMachine> Run(const Value& document, absl::string_view text);

 private:
  // Names of states and labels are unique in the whole definition, which may be several machines.
  struct Names {
    absl::flat_hash_set<std::string> states;
    absl::flat_hash_set<std::string> labels;
  };
  struct Assignment {
    std::string name;
    BlockIndex block;
    std::string pointer;
    bool is_by_catcher = false;
  };

  // Of a Distributed Map's processor, a machine of its own inside a definition.
  Compiler(const Compiler& outer, MachineType type);
  bool is_processor() const { return outer_nesting_ > 0; }

  struct Declared {
    StateIndex index;
    Value json;
  };

  // compile.cc
  BlockIndex DeclareBlock(FieldReader* reader, StateIndex owner, int nesting);
  void CompileDeclared();
  void DeclareState(const std::string& name, const Value& json, std::string pointer,
                    BlockIndex block);
  StateIndex Resolve(absl::string_view name, BlockIndex block, const std::string& pointer);
  absl::optional<StateIndex> TakeTarget(FieldReader* reader, absl::string_view field,
                                        BlockIndex block);
  std::vector<absl::string_view> NamesIn(BlockIndex block) const;
  void CheckTransitions();
  void CheckBlock(BlockIndex block);
  void CheckAssignments();

  // compile_state.cc
  State CompileState(StateIndex index, const Value& json);
  QueryLanguage LanguageOf(const Value& state, const std::string& pointer, bool* is_refused);
  expr::ExpressionPtr TakeAssign(FieldReader* reader, StatesScope scope, BlockIndex block);
  expr::ExpressionPtr TakeCondition(FieldReader* reader);
  void CompileDataFlow(FieldReader* reader, State* state);
  void CompileFlow(FieldReader* reader, State* state);
  void CompileTask(FieldReader* reader, State* state);
  void CompilePass(FieldReader* reader, State* state);
  void CompileChoice(FieldReader* reader, State* state);
  void CompileWait(FieldReader* reader, State* state);
  void CompileFail(FieldReader* reader, State* state);
  void CompileParallel(FieldReader* reader, State* state, StateIndex index);

  // compile_map.cc
  void CompileMap(FieldReader* reader, State* state, StateIndex index);
  std::shared_ptr<const DistributedMap> CompileDistributed(FieldReader* reader, FieldReader* block,
                                                           const State& state, bool is_express);
  absl::optional<ItemReader> CompileItemReader(FieldReader* map);
  absl::optional<ItemBatcher> CompileItemBatcher(FieldReader* map);
  absl::optional<ResultWriter> CompileResultWriter(FieldReader* map);
  std::string TakeLabel(FieldReader* reader, const State& state);

  // compile_retry.cc
  void CompileRetry(FieldReader* reader, State* state);
  void CompileCatch(FieldReader* reader, State* state);
  std::vector<std::string> CompileErrorEquals(FieldReader* reader, bool is_last);

  int NestingOf(BlockIndex block) const;

  CompileOptions options_;
  DiagnosticSink* sink_;
  std::shared_ptr<StateMachine> machine_ = std::make_shared<StateMachine>();
  std::vector<Declared> declared_;  // by StateIndex
  std::vector<Assignment> assignments_;
  // Blocks with transitions that could not be read: what is reachable in them is not known.
  absl::flat_hash_set<BlockIndex> unclear_blocks_;
  absl::flat_hash_set<BlockIndex> lost_blocks_;        // their StartAt names no state
  QueryLanguage language_ = QueryLanguage::kJsonPath;  // of the machine
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  int outer_nesting_ = 0;  // of a processor: how deep its Map stands
};

}  // namespace pawl::asl
