// Internal to engine/asl: the compiler's state, shared by compile.cc (document, blocks,
// transitions) and compile_state.cc (one function per state type).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/asl/compile.h"
#include "engine/asl/field_reader.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

class Compiler {
 public:
  Compiler(const CompileOptions& options, DiagnosticSink* sink) : options_(options), sink_(sink) {}

  // The machine, whether or not diagnostics were given.
  std::shared_ptr<StateMachine> Run(const Value& document, absl::string_view text);

 private:
  struct Declared {
    StateIndex index;
    Value json;
  };

  // compile.cc
  BlockIndex DeclareBlock(FieldReader* reader, StateIndex owner, int nesting);
  void DeclareState(const std::string& name, const Value& json, std::string pointer,
                    BlockIndex block);
  StateIndex Resolve(absl::string_view name, BlockIndex block, const std::string& pointer);
  void CheckTransitions();
  void CheckBlock(BlockIndex block);

  // compile_state.cc
  State CompileState(StateIndex index, const Value& json);
  void CompileFlow(FieldReader* reader, State* state);
  void CompileTask(FieldReader* reader, State* state);
  void CompilePass(FieldReader* reader, State* state);
  void CompileChoice(FieldReader* reader, State* state);
  void CompileWait(FieldReader* reader, State* state);
  void CompileFail(FieldReader* reader, State* state);
  void CompileParallel(FieldReader* reader, State* state, StateIndex index);
  void CompileMap(FieldReader* reader, State* state, StateIndex index);
  void CompileRetry(FieldReader* reader, State* state);
  void CompileCatch(FieldReader* reader, State* state);
  std::vector<std::string> CompileErrorEquals(FieldReader* reader, bool is_last);

  int NestingOf(BlockIndex block) const;

  CompileOptions options_;
  DiagnosticSink* sink_;
  std::shared_ptr<StateMachine> machine_ = std::make_shared<StateMachine>();
  std::vector<Declared> declared_;  // by StateIndex
};

}  // namespace pawl::asl
