#include <cmath>

#include "engine/expr/jsonata/date_time.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"

namespace pawl::expr::jsonata::functions {
namespace {

absl::optional<absl::string_view> TextAt(const Call& call, size_t i) {
  if (!call.Has(i)) return absl::nullopt;
  // Analysing a picture takes time in its length.
  call.workspace.Step(call[i].AsString().size());
  return absl::string_view(call[i].AsString());
}

double NowMillis(const Call& call) {
  return static_cast<double>(absl::ToUnixMillis(call.evaluator.world().now));
}

Item Format(const Call& call, double millis, size_t picture) {
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
  if (const auto picture = TextAt(call, 1); picture.has_value()) {
    call.workspace.Step(text.size());
    const absl::optional<double> millis = ParseDate(text, *picture, NowMillis(call));
    return millis.has_value() ? Item::Number(*millis) : Item();
  }
  const absl::optional<double> millis = ParseIsoDate(text);
  if (!millis.has_value()) throw Raised("D3110").With("value", Quoted(text));
  return Item::Number(*millis);
}

}  // namespace pawl::expr::jsonata::functions
