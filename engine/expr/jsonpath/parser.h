// Text to jsonpath::Path: Jayway's grammar.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/expr/jsonpath/ast.h"

namespace pawl::expr::jsonpath {

// InvalidArgument says what is wrong and at which offset.
absl::StatusOr<std::shared_ptr<const Path>> ParsePath(absl::string_view text);

// Recursive descent over one text, shared by paths and the filters inside them. The first error
// stays; after it every method returns at once.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  // A whole path from the start of the text to its end.
  absl::StatusOr<std::shared_ptr<const Path>> ParseAll();

 private:
  static constexpr int kMaxNesting = 16;
  enum class Where { kTopLevel, kNested };  // nested: inside a filter or among arguments

  // parser.cc
  std::shared_ptr<const Path> ParsePath(Where where);
  void ParseRoot(Where where, Path* path);
  void ParseSteps(Where where, Path* path);
  void ParseDotStep(Where where, Path* path);
  void ParseBracketStep(Path* path);
  void ParseNames(Step* step);
  void ParseIndicesOrSlice(Step* step);
  void ParseFunction(absl::string_view name, Path* path);
  absl::string_view ReadName(Where where);
  std::string ParseQuoted();
  void ParseEscape(std::string* out);
  int64_t ParseInteger();
  // `takes_words`: a word that is nothing else is a string.
  Value ParseLiteral(bool takes_words = false);
  void AddStep(Step step, Path* path);

  // filter_parser.cc
  Filter ParseOr();
  Filter ParseAnd();
  Filter ParseNot();
  Filter ParseComparison();
  Operand ParseOperand(bool is_right);
  bool ParseOperator(Operator* op);
  std::shared_ptr<const Regex> ParseRegex();

  bool ok() const { return status_.ok(); }
  bool at_end() const { return at_ >= text_.size(); }
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Consume(absl::string_view token);
  void Expect(absl::string_view token);
  void SkipSpace();
  void Fail(absl::string_view what);

  const absl::string_view text_;
  size_t at_ = 0;
  size_t steps_ = 0;
  int nesting_ = 0;  // of filters, parentheses and arguments
  absl::Status status_;
};

}  // namespace pawl::expr::jsonpath
