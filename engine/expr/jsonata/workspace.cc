#include "engine/expr/jsonata/workspace.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/builtins.h"
#include "engine/expr/jsonata/error.h"

namespace pawl::expr::jsonata {
namespace {

constexpr uint64_t kBytesPerElement = sizeof(Item);
constexpr uint64_t kBytesPerFrame = sizeof(Frame);

}  // namespace

void Frame::Bind(Symbol symbol, Item value) {
  for (auto& [name, item] : bindings) {
    if (name == symbol) {
      item = std::move(value);
      return;
    }
  }
  bindings.emplace_back(symbol, std::move(value));
}

size_t Function::Arity() const {
  switch (kind) {
    case Kind::kBuiltin:
      return builtin->arity;
    case Kind::kLambda:
      return node->params.size();
    case Kind::kPartial:
      return static_cast<size_t>(std::count(open.begin(), open.end(), true));
    case Kind::kChain:
    case Kind::kTransform:
      return 1;
    case Kind::kRegex:
      return 2;
    case Kind::kNextMatch:
      return 0;
  }
  return 0;
}

void Workspace::Push(List* list, Item item) {
  Charge(kBytesPerElement);
  const uint32_t below = item.depth();
  if (below >= list->depth) {
    list->depth = below + 1;
    CheckDepth(list->depth);
  }
  list->items.push_back(std::move(item));
}

void Workspace::PushAll(List* list, Item item) {
  if (!item.is_array()) return Push(list, std::move(item));
  const Elements elements(item);
  Step(elements.size() / 8);
  list->items.reserve(list->items.size() + (list->items.empty() ? elements.size() : 0));
  for (size_t i = 0; i < elements.size(); ++i) Push(list, elements[i]);
}

void Workspace::Set(Record* record, absl::string_view key, Item item) {
  Work(1 + record->members.size() / 4);
  if (Item* member = record->Find(key); member != nullptr) {
    Charge(kBytesPerElement);
    Deepen(record, item);
    *member = std::move(item);
  } else {
    Add(record, key, std::move(item));
  }
}

void Workspace::Add(Record* record, absl::string_view key, Item item) {
  Charge(kBytesPerElement + key.size());
  Deepen(record, item);
  record->members.emplace_back(std::string(key), std::move(item));
}

void Workspace::Deepen(Record* record, const Item& item) const {
  record->depth = std::max(record->depth, item.depth() + 1);
  CheckDepth(record->depth);
}

Function* Workspace::NewFunction(Function::Kind kind) {
  Charge(sizeof(Function));
  return &functions_.emplace_front(kind);
}

Frame* Workspace::NewFrame(Frame* parent) {
  Frame* frame = nullptr;
  if (pool_.empty()) {
    Charge(kBytesPerFrame);
    frame = &frames_.emplace_front();
  } else {
    frame = pool_.back();
    pool_.pop_back();
  }
  frame->parent = parent;
  return frame;
}

void Workspace::ReleaseFrame(Frame* frame) {
  if (frame->captured) return;
  frame->bindings.clear();
  pool_.push_back(frame);
}

void Workspace::Capture(Frame* frame) {
  for (; frame != nullptr && !frame->captured; frame = frame->parent) frame->captured = true;
}

void Workspace::RaiseSteps() const {
  throw Raised(kStepLimit)
      .With("message", absl::StrCat("Expression evaluation timeout: Check for infinite loop. The "
                                    "evaluation exceeds the limit ",
                                    StepLimitText(meter_)));
}

void Workspace::RaiseBytes() const {
  throw Raised("U1002").With("limit", absl::StrCat(limits_.max_result_bytes));
}

void Workspace::RaiseDepth() const {
  throw Raised("U1003").With("limit", absl::StrCat(limits_.max_depth));
}

void Workspace::RaiseRecursion() const {
  throw Raised("U1001").With(
      "message",
      absl::StrCat("Stack overflow error: Check for non-terminating recursive function. Consider "
                   "rewriting as tail-recursive (limit: ",
                   max_recursion_, " nested evaluations)"));
}

}  // namespace pawl::expr::jsonata
