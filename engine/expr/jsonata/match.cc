#include "engine/expr/jsonata/match.h"

#include <algorithm>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/evaluator.h"
#include "engine/expr/jsonata/regex.h"
#include "engine/expr/jsonata/text.h"

namespace pawl::expr::jsonata {
namespace {

std::vector<Item> GroupsOf(const Regex::Match& match, Workspace* workspace) {
  std::vector<Item> groups;
  groups.reserve(match.groups.size());
  for (const absl::optional<absl::string_view>& group : match.groups) {
    groups.push_back(group.has_value() ? workspace->String(std::string(*group)) : Item());
  }
  return groups;
}

Item ListOf(const std::vector<Item>& items, Workspace* workspace) {
  Ref<List> list = workspace->NewList(false);
  for (const Item& item : items) workspace->Push(list.get(), item);
  return Item(std::move(list));
}

// Looks for a match at or after `from` and pays for it: for what it has looked at, where that is
// known, otherwise for all that it may have looked at.
absl::optional<Regex::Match> Find(const Regex& regex, const std::string& text, size_t from,
                                  Workspace* workspace) {
  if (!regex.is_local()) workspace->Work(regex.StepsFor(text.size() - from));
  absl::optional<Regex::Match> match = regex.Find(text, from);
  if (regex.is_local()) {
    workspace->Work(regex.StepsFor((match.has_value() ? match->end : text.size()) - from));
  }
  if (match.has_value()) {
    workspace->Work(regex.GroupStepsFor(match->end - match->start));
    regex.FindGroups(text, &*match);
  }
  return match;
}

}  // namespace

bool Matcher::Next() {
  return pattern_->kind == Function::Kind::kRegex ? NextOfRegex() : NextOfFunction();
}

bool Matcher::NextOfRegex() {
  if (started_ && end_ >= subject_.size()) return false;
  const auto match = Find(*pattern_->regex, subject_, end_, &call_.workspace);
  if (!match.has_value()) return false;
  if (started_ && match->start == match->end) throw Raised("D1004");
  start_utf16_ += CountUtf16(absl::string_view(subject_).substr(start_, match->start - start_));
  started_ = true;
  start_ = match->start;
  end_ = match->end;
  call_.workspace.Work(steps::Scanned(end_ - start_));
  text_ = subject_.substr(start_, end_ - start_);
  groups_ = GroupsOf(*match, &call_.workspace);
  return true;
}

bool Matcher::NextOfFunction() {
  Arguments arguments;
  if (!started_) arguments.push_back(Item::String(subject_));
  started_ = true;
  const Item match = call_.evaluator.Apply(*pattern_, std::move(arguments), Item(Value::Null()));
  if (match.is_undefined()) return false;
  call_.workspace.Work(3 * steps::Scanned(subject_.size()));
  const auto member = [&](absl::string_view name) { return Lookup(match, name, &call_.workspace); };
  const Item next = member("next");
  if (!match.is_object() || !member("start").is_number() || !member("match").is_string() ||
      next.function() == nullptr) {
    throw Raised("T1010");
  }
  start_ = ToByteOffset(member("start"));
  end_ = std::max(start_, ToByteOffset(member("end")));
  start_utf16_ = CountUtf16(absl::string_view(subject_).substr(0, start_));
  text_ = member("match").AsString();
  groups_.clear();
  const Item groups = member("groups");
  const Elements elements(groups);
  for (size_t i = 0; groups.is_array() && i < elements.size(); ++i) groups_.push_back(elements[i]);
  pattern_ = next.function();
  return true;
}

size_t Matcher::ToByteOffset(const Item& utf16) const {
  const double wanted = utf16.is_number() ? utf16.AsNumber() : 0;
  absl::string_view rest = subject_;
  for (double count = 0; count < wanted && !rest.empty();) {
    count += NextCodePoint(&rest) >= 0x10000 ? 2 : 1;
  }
  return subject_.size() - rest.size();
}

Item Matcher::AsObject() const {
  std::vector<std::pair<std::string, Item>> members;
  members.emplace_back("match", call_.workspace.String(text_));
  members.emplace_back("start", Item::Number(static_cast<double>(start_utf16_)));
  members.emplace_back("end", Item::Number(static_cast<double>(start_utf16_ + CountUtf16(text_))));
  members.emplace_back("groups", ListOf(groups_, &call_.workspace));
  return MakeObject(std::move(members), &call_.workspace);
}

Item ApplyRegex(const Function& function, const Arguments& arguments, Workspace* workspace) {
  const bool first = function.kind == Function::Kind::kRegex;
  Item subject = function.subject;
  if (first && !arguments.empty()) subject = arguments[0];
  if (!subject.is_string()) return Item();
  const std::string& text = subject.AsString();
  if (!first && function.position >= text.size()) return Item();
  const auto match = Find(*function.regex, text, function.position, workspace);
  if (!match.has_value()) return Item();
  if (!first && match->start == match->end) throw Raised("D1004");

  Function* next = workspace->NewFunction(Function::Kind::kNextMatch);
  next->regex = function.regex;
  next->subject = subject;
  next->position = match->end;
  workspace->Work(2 * steps::Scanned(text.size()));
  const absl::string_view view = text;
  const auto utf16 = [view](size_t offset) {
    return Item::Number(static_cast<double>(CountUtf16(view.substr(0, offset))));
  };
  std::vector<std::pair<std::string, Item>> members;
  members.emplace_back(
      "match",
      workspace->String(std::string(view.substr(match->start, match->end - match->start))));
  members.emplace_back("start", utf16(match->start));
  members.emplace_back("end", utf16(match->end));
  members.emplace_back("groups", ListOf(GroupsOf(*match, workspace), workspace));
  members.emplace_back("next", Item(next));
  return MakeObject(std::move(members), workspace);
}

}  // namespace pawl::expr::jsonata
