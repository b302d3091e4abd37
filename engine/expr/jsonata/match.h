// Matching with a regular expression, or with a function that behaves like one.
#pragma once

#include <string>
#include <vector>

#include "engine/expr/jsonata/builtins.h"

namespace pawl::expr::jsonata {

// Steps through the matches of `pattern`, a function, in `subject`. Both must outlive it.
//
//   Matcher matcher(call, *call[1].function(), subject);
//   while (matcher.Next()) Use(matcher.text());
class Matcher {
 public:
  Matcher(const Call& call, const Function& pattern, const std::string& subject)
      : call_(call), pattern_(&pattern), subject_(subject) {}

  // False where there is no further match. Raises D1004 where a match would be empty and go
  // nowhere, T1010 where a function returns no match object.
  bool Next();

  size_t start() const { return start_; }  // in bytes of the subject
  size_t end() const { return end_; }
  size_t start_utf16() const { return start_utf16_; }
  const std::string& text() const { return text_; }
  const std::vector<Item>& groups() const { return groups_; }  // undefined: took no part
  // What a replacement function gets, and what $match returns in part.
  Item AsObject() const;

 private:
  bool NextOfRegex();
  bool NextOfFunction();
  size_t ToByteOffset(const Item& utf16) const;

  const Call& call_;
  const Function* pattern_;
  const std::string& subject_;
  bool started_ = false;
  size_t start_ = 0;
  size_t end_ = 0;
  size_t start_utf16_ = 0;
  std::string text_;
  std::vector<Item> groups_;
};

// A regular expression called like a function: the first match as an object, whose "next" is a
// function that finds the next one.
Item ApplyRegex(const Function& function, const Arguments& arguments, Workspace* workspace);

}  // namespace pawl::expr::jsonata
