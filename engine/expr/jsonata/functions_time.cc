#include <cmath>

#include "engine/expr/jsonata/date_time.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"

namespace pawl::expr::jsonata::functions {
namespace {

absl::optional<absl::string_view> TextAt(const Call& call, size_t i) {
  if (!call.Has(i)) return absl::nullopt;
  // Analysing a picture takes time in the square of its longest part.
  const size_t size = call[i].AsString().size();
  call.workspace.Work(size * (16 + size / 32));
  return absl::string_view(call[i].AsString());
}

constexpr uint64_t kStepsPerDate = 150;

double NowMillis(const Call& call) {
  return static_cast<double>(absl::ToUnixMillis(call.evaluator.world().now));
}

Item Format(const Call& call, double millis, size_t picture) {
  call.workspace.Work(kStepsPerDate);
  if (!(std::abs(millis) <= kMaxMillis)) throw Raised("D1001").With("value", "null");
  return call.workspace.String(
      FormatDate(millis, TextAt(call, picture), TextAt(call, picture + 1)));
}

}  // namespace

Item Now(const Call& call) { return Format(call, NowMillis(call), 0); }
Item Millis(const Call& call) { return Item::Number(NowMillis(call)); }
Item FromMillis(const Call& call) { return Format(call, call[0].AsNumber(), 1); }

Item ToMillis(const Call& call) {
  const std::string& text = call[0].AsString();
  call.workspace.Work(kStepsPerDate + steps::Converted(text.size()));
  if (const auto picture = TextAt(call, 1); picture.has_value()) {
    // The picture becomes a regular expression.
    constexpr uint64_t kStepsPerPattern = 5'000;
    call.workspace.Work(kStepsPerPattern + picture->size() * (300 + text.size() / 4));
    const absl::optional<double> millis = ParseDate(text, *picture, NowMillis(call));
    return millis.has_value() ? Item::Number(*millis) : Item();
  }
  const absl::optional<double> millis = ParseIsoDate(text);
  if (!millis.has_value()) throw Raised("D3110").With("value", Quoted(text));
  return Item::Number(*millis);
}

}  // namespace pawl::expr::jsonata::functions
