#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/match.h"
#include "engine/expr/jsonata/text.h"
#include "engine/value/text_search.h"

namespace pawl::expr::jsonata::functions {
namespace {

// The optional limit in argument `i`. Raises `code` where it is negative.
double LimitOf(const Call& call, size_t i, absl::string_view code) {
  if (!call.Has(i)) return std::numeric_limits<double>::infinity();
  const double limit = call[i].AsNumber();
  if (limit < 0) throw Raised(code);
  return limit;
}

void SplitByText(const Call& call, const std::string& text, const std::string& separator,
                 double limit, List* parts) {
  const auto add = [&](absl::string_view part) {
    if (static_cast<double>(parts->items.size()) >= limit) return false;
    call.workspace.Step();
    call.workspace.Push(parts, call.workspace.String(std::string(part)));
    return true;
  };
  if (separator.empty()) {
    for (absl::string_view rest = text; !rest.empty();) {
      const size_t length = Utf8Length(rest);
      if (!add(rest.substr(0, length))) return;
      rest.remove_prefix(length);
    }
    return;
  }
  const absl::string_view view = text;
  size_t start = 0;
  call.workspace.Work(FindSteps(text.size(), separator.size()));
  for (size_t found = FindText(view, separator, 0); found != kNotFound;
       found = FindText(view, separator, start)) {
    if (!add(view.substr(start, found - start))) return;
    start = found + separator.size();
  }
  add(view.substr(start));
}

void SplitByMatch(const Call& call, const std::string& text, double limit, List* parts) {
  Matcher matcher(call, *call[1].function(), text);
  size_t start = 0;
  double count = 0;
  for (; count < limit && matcher.Next(); ++count) {
    const size_t end = std::max(start, matcher.start());
    call.workspace.Push(parts, call.workspace.String(text.substr(start, end - start)));
    start = matcher.end();
  }
  if (count < limit) call.workspace.Push(parts, call.workspace.String(text.substr(start)));
}

// The number that the first `digits` characters of `text` begin with, as JavaScript's parseInt
// reads it; -1 where there is none. *length is how many digits the number has.
int ReadNumber(absl::string_view text, size_t digits, size_t* length) {
  int number = -1;
  size_t count = 0;
  for (; count < std::min(digits, text.size()) && text[count] >= '0' && text[count] <= '9';
       ++count) {
    number = std::max(number, 0) * 10 + (text[count] - '0');
  }
  *length = number < 0 ? 0 : std::to_string(number).size();
  return number;
}

// "$1" and its like in a replacement, filled in from a match. As many digits count as the number of
// groups has, or one less where that names no group.
std::string Substitute(absl::string_view replacement, const Matcher& match) {
  const std::vector<Item>& groups = match.groups();
  const auto group_count = static_cast<int>(groups.size());
  const size_t max_digits = groups.empty() ? 1 : std::to_string(group_count).size();
  std::string result;
  for (size_t at = 0; at < replacement.size();) {
    if (replacement[at] != '$') {
      result += replacement[at++];
      continue;
    }
    const absl::string_view rest = replacement.substr(++at);
    if (!rest.empty() && (rest[0] == '$' || rest[0] == '0')) {
      result += rest[0] == '$' ? "$" : match.text();
      ++at;
      continue;
    }
    size_t length = 0;
    int index = ReadNumber(rest, max_digits, &length);
    if (max_digits > 1 && index > group_count) index = ReadNumber(rest, max_digits - 1, &length);
    if (index < 0) {
      result += '$';
      continue;
    }
    if (index >= 1 && index <= group_count) {
      const Item& group = groups[static_cast<size_t>(index) - 1];
      if (group.is_string()) result += group.AsString();
    }
    at += length;
  }
  return result;
}

// At most what Substitute yields.
uint64_t SubstituteBytes(absl::string_view replacement, const Matcher& match) {
  const auto references =
      static_cast<uint64_t>(std::count(replacement.begin(), replacement.end(), '$'));
  size_t longest = match.text().size();
  for (const Item& group : match.groups()) {
    if (group.is_string()) longest = std::max(longest, group.AsString().size());
  }
  return replacement.size() + references * longest;
}

std::string ReplaceText(const Call& call, const std::string& text, double limit) {
  const std::string& pattern = call[1].AsString();
  if (!call[2].is_string()) throw Raised("D3012").With("value", ForMessage(call[2]));
  const std::string& replacement = call[2].AsString();
  call.workspace.Work(FindSteps(text.size(), pattern.size()));
  std::string result;
  size_t position = 0;
  size_t found = FindText(text, pattern, 0);
  for (double count = 0; found != std::string::npos && count < limit; ++count) {
    call.workspace.Step();
    call.workspace.Charge(replacement.size());
    result.append(text, position, found - position).append(replacement);
    position = found + pattern.size();
    found = FindText(text, pattern, position);
  }
  return result.append(text, position);
}

std::string ReplacementFor(const Call& call, const Matcher& match) {
  if (call[2].is_string()) {
    // A reference to a group may take much text and leave none, or take little and leave much.
    const std::string& replacement = call[2].AsString();
    call.workspace.Work(steps::Transformed(replacement.size()));
    call.workspace.Charge(SubstituteBytes(replacement, match));
    return Substitute(replacement, match);
  }
  const Item replacement =
      call.evaluator.Apply(*call[2].function(), {match.AsObject()}, Item(Value::Null()));
  if (!replacement.is_string()) throw Raised("D3012").With("value", ForMessage(replacement));
  return replacement.AsString();
}

std::string ReplaceMatches(const Call& call, const std::string& text, double limit) {
  Matcher matcher(call, *call[1].function(), text);
  std::string result;
  size_t position = 0;
  for (double count = 0; count < limit && matcher.Next(); ++count) {
    const size_t start = std::max(position, matcher.start());
    const std::string replacement = ReplacementFor(call, matcher);
    if (!call[2].is_string()) call.workspace.Charge(replacement.size());
    result.append(text, position, start - position).append(replacement);
    position = std::min(text.size(), start + matcher.text().size());
  }
  return result.append(text, position);
}

}  // namespace

Item Contains(const Call& call) {
  const std::string& text = call[0].AsString();
  if (call[1].is_string()) {
    const std::string& part = call[1].AsString();
    call.workspace.Work(FindSteps(text.size(), part.size()));
    return Item::Bool(FindText(text, part, 0) != kNotFound);
  }
  if (call[1].is_undefined()) return Item();
  return Item::Bool(Matcher(call, *call[1].function(), text).Next());
}

Item Split(const Call& call) {
  const std::string& text = call[0].AsString();
  const double limit = LimitOf(call, 2, "D3020");
  Ref<List> parts = call.workspace.NewList(false);
  if (call[1].is_string()) {
    SplitByText(call, text, call[1].AsString(), std::trunc(limit), parts.get());
  } else if (limit > 0 && call.Has(1)) {
    SplitByMatch(call, text, limit, parts.get());
  } else if (limit > 0) {
    call.workspace.Push(parts.get(), call[0]);
  }
  return Item(std::move(parts));
}

Item Match(const Call& call) {
  const double limit = LimitOf(call, 2, "D3040");
  const std::string& text = call[0].AsString();
  Ref<List> matches = call.workspace.NewList(true);
  Matcher matcher(call, *call[1].function(), text);
  for (double count = 0; count < limit && matcher.Next(); ++count) {
    const Item object = matcher.AsObject();
    std::vector<std::pair<std::string, Item>> members;
    members.emplace_back("match", Lookup(object, "match", &call.workspace));
    members.emplace_back("index", Lookup(object, "start", &call.workspace));
    members.emplace_back("groups", Lookup(object, "groups", &call.workspace));
    call.workspace.Push(matches.get(), MakeObject(std::move(members), &call.workspace));
  }
  return Item(std::move(matches));
}

Item Replace(const Call& call) {
  const Item& pattern = call[1];
  if (pattern.is_undefined() || (pattern.is_string() && pattern.AsString().empty())) {
    throw Raised("D3010").With("value", ForMessage(pattern));
  }
  const double limit = LimitOf(call, 3, "D3011");
  const std::string& text = call[0].AsString();
  if (call[2].is_undefined()) throw Raised("D3012").With("value", "undefined");
  return call.workspace.String(pattern.is_string() ? ReplaceText(call, text, limit)
                                                   : ReplaceMatches(call, text, limit));
}

}  // namespace pawl::expr::jsonata::functions
