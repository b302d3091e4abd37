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

// The steps of binding `count` variables beside `before` others: each is looked for first.
constexpr uint64_t BindSteps(size_t before, size_t count) {
  return 1 + count * (before + count) / 8;
}

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
  // `meter` must outlive it.
  Workspace(const Limits& limits, uint32_t max_recursion, Meter* meter)
      : limits_(limits), max_recursion_(max_recursion), meter_(*meter) {}
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Counts work in the meter's steps, see meter.h. Raises kStepLimit once the expression is spent.
  void Work(uint64_t steps) {
    if (!meter_.Charge(steps)) RaiseSteps();
  }
  // Counts rounds of a loop that handles items.
  void Step(uint64_t rounds = 1) { Work(kStepsPerRound * rounds); }
  // Counts what is built. Raises U1002 past limits.max_result_bytes. That bounds the time it takes
  // to build it as well, so it needs no Work beside.
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
    Work(kStepsPerNode * levels);
    recursion_ += levels;
    if (recursion_ > max_recursion_) RaiseRecursion();
  }
  void Leave(uint32_t levels = 1) { recursion_ -= levels; }
  [[noreturn]] void RaiseRecursion() const;
  const Limits& limits() const { return limits_; }
  Meter& meter() { return meter_; }

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
  // Adds a member with a name that the record does not have yet.
  void Add(Record* record, absl::string_view key, Item item);
  // Takes notice of what is put into the record.
  void Deepen(Record* record, const Item& item) const;
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
  static constexpr uint64_t kStepsPerRound = 2;
  static constexpr uint64_t kStepsPerNode = 5;

  [[noreturn]] void RaiseSteps() const;
  [[noreturn]] void RaiseBytes() const;
  [[noreturn]] void RaiseDepth() const;

  const Limits limits_;
  const uint32_t max_recursion_;
  Meter& meter_;
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
