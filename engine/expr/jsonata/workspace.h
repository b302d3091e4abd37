// What one evaluation owns and what it may use up.
//
// Variables and functions refer to each other in cycles (a recursive function is bound in the frame
// that it closes over), so nothing counts references to them: the Workspace owns all of them and
// frees them together at the end of the evaluation. A frame that no function has captured goes back
// to a pool as soon as its scope ends, so that loops do not pile them up.
#pragma once

#include <cstdint>
#include <forward_list>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/expr/expression.h"
#include "engine/expr/jsonata/ast.h"
#include "engine/expr/jsonata/item.h"
#include "engine/expr/jsonata/signature.h"

namespace pawl::expr::jsonata {

// The variables of one scope.
struct Frame {
  void Bind(Symbol symbol, Item value);

  Frame* parent = nullptr;
  bool captured = false;  // a function closes over it
  absl::InlinedVector<std::pair<Symbol, Item>, 4> bindings;
};

struct Function {
  enum class Kind { kBuiltin, kLambda, kPartial, kChain, kTransform, kRegex, kNextMatch };

  explicit Function(Kind function_kind) : kind(function_kind) {}
  // How many arguments it declares.
  size_t Arity() const;

  Kind kind;
  const Builtin* builtin = nullptr;  // kBuiltin
  const Node* node = nullptr;        // kLambda, kTransform: the definition
  Frame* frame = nullptr;            //   and where it was evaluated
  Item input;                        //   and the context there
  const Function* first = nullptr;   // kChain: second(first(x)); kPartial: what is called
  const Function* second = nullptr;
  Arguments arguments;           // kPartial: what is given
  std::vector<bool> open;        // kPartial: which of them are not
  const Regex* regex = nullptr;  // kRegex, kNextMatch
  Item subject;                  // kNextMatch: where to go on, and at which byte
  size_t position = 0;
  uint32_t depth = 1;  // of chains and partials of each other
};

class Workspace {
 public:
  Workspace(const Limits& limits, uint32_t max_recursion)
      : limits_(limits), max_recursion_(max_recursion) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Counts work. Raises U1001 past limits.max_steps.
  void Step(uint64_t steps = 1) {
    steps_ += steps;
    if (steps_ > limits_.max_steps) RaiseSteps();
  }
  // Counts what is built. Raises U1002 past limits.max_result_bytes.
  void Charge(uint64_t bytes) {
    bytes_ += bytes;
    if (bytes_ > limits_.max_result_bytes) RaiseBytes();
  }
  // Raises U1003 past limits.max_depth.
  void CheckDepth(uint32_t depth) const {
    if (depth > limits_.max_depth) RaiseDepth();
  }
  // Raises U1002 for a result of more than limits.max_result_bytes.
  void CheckSize(uint64_t bytes) const {
    if (bytes > limits_.max_result_bytes) RaiseBytes();
  }
  void Enter(uint32_t levels = 1) {
    Step();
    recursion_ += levels;
    if (recursion_ > max_recursion_) RaiseRecursion();
  }
  void Leave(uint32_t levels = 1) { recursion_ -= levels; }
  [[noreturn]] void RaiseRecursion() const;
  const Limits& limits() const { return limits_; }

  Ref<List> NewList(bool sequence) {
    Ref<List> list(new List);
    list->sequence = sequence;
    return list;
  }
  // Adds an element. Raises U1002 and U1003.
  void Push(List* list, Item item);
  // Adds the elements of an array, or `item` itself.
  void PushAll(List* list, Item item);
  void Set(Record* record, absl::string_view key, Item item);
  // Counts the text.
  Item String(std::string text) {
    Charge(text.size());
    return Item::String(std::move(text));
  }

  Function* NewFunction(Function::Kind kind);
  Frame* NewFrame(Frame* parent);
  void ReleaseFrame(Frame* frame);
  // `frame` and what encloses it must live until the end.
  static void Capture(Frame* frame);

 private:
  [[noreturn]] void RaiseSteps() const;
  [[noreturn]] void RaiseBytes() const;
  [[noreturn]] void RaiseDepth() const;

  const Limits limits_;
  const uint32_t max_recursion_;
  uint64_t steps_ = 0;
  uint64_t bytes_ = 0;
  uint32_t recursion_ = 0;
  std::forward_list<Function> functions_;
  std::forward_list<Frame> frames_;
  std::vector<Frame*> pool_;
};

// A frame for as long as this lives, or longer where it is captured.
class Scope {
 public:
  Scope(Workspace* workspace, Frame* parent)
      : workspace_(workspace), frame_(workspace->NewFrame(parent)) {}
  ~Scope() { workspace_->ReleaseFrame(frame_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  Frame* frame() const { return frame_; }

 private:
  Workspace* const workspace_;
  Frame* const frame_;
};

}  // namespace pawl::expr::jsonata
