#include <algorithm>
#include <cmath>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/text.h"
#include "engine/value/text_search.h"

namespace pawl::expr::jsonata::functions {
namespace {

// Array.prototype.slice on the code points of `text`.
absl::string_view Slice(absl::string_view text, double start, double end) {
  const auto size = static_cast<double>(CountCodePoints(text));
  const auto clamp = [size](double at) {
    at = std::isnan(at) ? 0 : std::trunc(at);
    return static_cast<size_t>(at < 0 ? std::max(size + at, 0.0) : std::min(at, size));
  };
  const size_t from = OffsetOfCodePoint(text, clamp(start));
  const size_t to = OffsetOfCodePoint(text, clamp(end));
  return from < to ? text.substr(from, to - from) : "";
}

// Where the text in argument 1 begins in that of argument 0.
size_t PlaceOf(const Call& call) {
  if (!call.Has(1)) return kNotFound;
  const std::string& text = call[0].AsString();
  const std::string& part = call[1].AsString();
  call.workspace.Work(FindSteps(text.size(), part.size()));
  return FindText(text, part, 0);
}

bool IsTrimmed(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

Item String(const Call& call) {
  if (call[0].is_string()) return call[0];
  return call.workspace.String(ToText(call[0], call.Has(1) && call[1].is_true(), &call.workspace));
}

Item Substring(const Call& call) {
  const absl::string_view text = call[0].AsString();
  call.workspace.Work(3 * steps::Scanned(text.size()));
  const auto size = static_cast<double>(CountCodePoints(text));
  double start = call[1].AsNumber();
  if (size + start < 0) start = 0;
  double end = size;
  if (call.Has(2)) {
    const double length = call[2].AsNumber();
    if (length <= 0) return Item::String("");
    end = start >= 0 ? start + length : size + start + length;
  }
  return call.workspace.String(std::string(Slice(text, start, end)));
}

Item SubstringBefore(const Call& call) {
  const std::string& text = call[0].AsString();
  const size_t found = PlaceOf(call);
  if (found == kNotFound) return call[0];
  return call.workspace.String(text.substr(0, found));
}

Item SubstringAfter(const Call& call) {
  const std::string& text = call[0].AsString();
  const size_t found = PlaceOf(call);
  if (found == kNotFound) return call[0];
  return call.workspace.String(text.substr(found + call[1].AsString().size()));
}

Item Lowercase(const Call& call) {
  call.workspace.Work(steps::Converted(call[0].AsString().size()));
  return call.workspace.String(ToLower(call[0].AsString()));
}

Item Uppercase(const Call& call) {
  call.workspace.Work(steps::Converted(call[0].AsString().size()));
  return call.workspace.String(ToUpper(call[0].AsString()));
}

Item Length(const Call& call) {
  call.workspace.Work(steps::Scanned(call[0].AsString().size()));
  return Item::Number(static_cast<double>(CountCodePoints(call[0].AsString())));
}

// White space at both ends goes, what is left of it becomes single spaces.
Item Trim(const Call& call) {
  call.workspace.Work(steps::Converted(call[0].AsString().size()));
  std::string text;
  for (char c : call[0].AsString()) {
    if (!IsTrimmed(c)) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return call.workspace.String(std::move(text));
}

Item Pad(const Call& call) {
  const std::string& text = call[0].AsString();
  call.workspace.Work(steps::Scanned(text.size()));
  const double width = std::trunc(call.Has(1) ? call[1].AsNumber() : 0);
  const double missing = std::abs(width) - static_cast<double>(CountCodePoints(text));
  if (!(missing > 0)) return call[0];
  const bool given = call.Has(2) && !call[2].AsString().empty();
  const std::string fill = given ? call[2].AsString() : std::string(1, ' ');
  // Before it is built: the width is the caller's to choose.
  call.workspace.Work(steps::Scanned(fill.size()));
  const auto characters = static_cast<double>(CountCodePoints(fill));
  const double bytes = missing * static_cast<double>(fill.size()) / characters;
  call.workspace.Charge(static_cast<uint64_t>(std::min(bytes, 1e15)) + fill.size());
  std::string padding;
  for (double count = 0; count < missing; count += characters) padding += fill;
  padding.resize(OffsetOfCodePoint(padding, static_cast<size_t>(missing)));
  return call.workspace.String(width > 0 ? text + padding : padding + text);
}

Item Join(const Call& call) {
  const Elements parts(call[0]);
  absl::string_view separator;
  if (call.Has(1)) separator = call[1].AsString();
  call.workspace.Step(parts.size());
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string& part = parts.value(i)->AsString();
    if (i > 0) text.append(separator.data(), separator.size());
    text += part;
    call.workspace.Charge(part.size() + separator.size());
  }
  return Item::String(std::move(text));
}

}  // namespace pawl::expr::jsonata::functions
