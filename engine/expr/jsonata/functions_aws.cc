// What AWS Step Functions adds to JSONata, as observed there: arguments that are missing often give
// undefined rather than an error, numbers are truncated toward zero, and errors of the functions
// themselves are D3137, as if raised by $error.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "engine/expr/digest.h"
#include "engine/expr/java_random.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/value/json.h"
#include "engine/value/value_set.h"

namespace pawl::expr::jsonata::functions {
namespace {

constexpr uint64_t kStepsPerDigest = 100;
constexpr uint64_t kBytesPerParsed = 4;  // a value takes more room than its text

[[noreturn]] void RefuseArgument(size_t i) {
  throw Raised("T0410").With("index", absl::StrCat(i + 1));
}

// As Java's cast to long.
double Truncated(const Call& call, size_t i) {
  if (!call[i].is_number() || std::isnan(call[i].AsNumber())) RefuseArgument(i);
  return std::clamp(std::trunc(call[i].AsNumber()), -9.2e18, 9.2e18);
}

RandomSource& RandomOf(const Call& call) {
  RandomSource* random = call.evaluator.world().random;
  if (random == nullptr) throw Raised("D3137").With("message", "No source of random numbers");
  return *random;
}

}  // namespace

Item Partition(const Call& call) {
  if (!call[0].is_array()) throw Raised("T0412").With("index", "1");
  const Elements elements(call[0]);
  if (elements.empty()) return Item();
  const double size = call.Has(1) ? Truncated(call, 1) : static_cast<double>(elements.size());
  if (size < 0) {
    throw Raised("D3137").With("message", "Second argument must be zero or greater");
  }
  if (size == 0) return Item();
  call.workspace.Step(elements.size());
  Ref<List> result = call.workspace.NewList(false);
  Ref<List> chunk;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (chunk.get() == nullptr) chunk = call.workspace.NewList(false);
    call.workspace.Push(chunk.get(), elements[i]);
    const bool full = static_cast<double>(chunk->items.size()) >= size;
    if (full || i + 1 == elements.size()) {
      call.workspace.Push(result.get(), Item(std::move(chunk)));
      chunk = Ref<List>();
    }
  }
  return Item(std::move(result));
}

Item Range(const Call& call) {
  const double start = Truncated(call, 0);
  const double end = Truncated(call, 1);
  if (!call.Has(2)) return Item();
  const double step = Truncated(call, 2);
  if (step == 0 || (step > 0 ? start > end : start < end)) return Item();
  const double count = std::floor((end - start) / step) + 1;
  Ref<List> result = call.workspace.NewList(true);
  for (double i = 0; i < count; ++i) {
    call.workspace.Step();
    call.workspace.Push(result.get(), Item::Number(start + i * step));
  }
  return Item(std::move(result));
}

Item Hash(const Call& call) {
  if (!call[0].is_string()) RefuseArgument(0);
  if (!call.Has(1)) return Item();
  if (!call[1].is_string()) RefuseArgument(1);
  const std::string& algorithm = call[1].AsString();
  call.workspace.Work(kStepsPerDigest + steps::Converted(call[0].AsString().size()));
  absl::optional<std::string> digest = HexDigest(algorithm, call[0].AsString());
  if (!digest.has_value()) {
    throw Raised("D3137").With(
        "message", absl::StrCat("Hash algorithm '", algorithm,
                                "' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"));
  }
  return Item::String(*std::move(digest));
}

Item Random(const Call& call) {
  if (!call.Has(0)) return Item::Number(RandomOf(call).NextUnit());
  return Item::Number(JavaRandom(static_cast<int64_t>(Truncated(call, 0))).NextDouble());
}

Item Uuid(const Call& call) { return Item::String(RandomOf(call).NextUuid()); }

Item Parse(const Call& call) {
  if (!call[0].is_string()) RefuseArgument(0);
  const std::string& text = call[0].AsString();
  call.workspace.Work(steps::Scanned(text.size()));
  call.workspace.Work(JsonParseSteps(text));
  call.workspace.Charge(kBytesPerParsed * text.size());
  JsonLimits limits;
  limits.max_depth = call.workspace.limits().max_depth;
  absl::StatusOr<Value> value = ParseJson(text, limits);
  if (!value.ok()) throw Raised("D3137").With("message", "Invalid JSON");
  return Item(*std::move(value));
}

}  // namespace pawl::expr::jsonata::functions
