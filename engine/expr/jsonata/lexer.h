// Text to tokens.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonata {

struct Token {
  enum class Kind { kEnd, kOperator, kName, kVariable, kString, kNumber, kConstant, kRegex };

  bool Is(absl::string_view op) const { return kind == Kind::kOperator && text == op; }
  // As error messages show it.
  std::string ForMessage() const;

  Kind kind = Kind::kEnd;
  size_t offset = 0;
  std::string text;   // operator, name, variable without "$", contents of a string, pattern
  std::string flags;  // of a regular expression
  Value value;        // of a number or constant
};

class Lexer {
 public:
  // `text` must outlive the lexer.
  explicit Lexer(absl::string_view text) : text_(text) {}

  // `infix`: an operator is expected next, so that "/" divides and does not begin a regular
  // expression. Raises S0101 to S0106, S0204 and S030x.
  Token Next(bool infix);

 private:
  char Peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  void SkipSpaceAndComments();
  Token Regex(size_t start);
  Token String(size_t start);
  void Escape(std::string* out);
  uint32_t FourHexDigits();
  bool Number(Token* token);
  Token Name(size_t start);

  absl::string_view text_;
  size_t position_ = 0;
};

}  // namespace pawl::expr::jsonata
