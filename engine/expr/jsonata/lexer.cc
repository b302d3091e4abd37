#include "engine/expr/jsonata/lexer.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/expr/jsonata/text.h"

namespace pawl::expr::jsonata {
namespace {

constexpr absl::string_view kDoubleOperators[] = {"..", ":=", "!=", ">=", "<=", "**", "~>"};
constexpr absl::string_view kSingleOperators = ".[]{}(),@#;:?+-*/%|=<>^&!~";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v'; }

bool IsOperator(char c) { return kSingleOperators.find(c) != absl::string_view::npos; }

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::string Token::ForMessage() const {
  switch (kind) {
    case Kind::kEnd:
      return "(end)";
    case Kind::kNumber:
    case Kind::kOperator:
    case Kind::kName:
    case Kind::kVariable:
    case Kind::kString:
    case Kind::kConstant:
    case Kind::kRegex:
      return text;
  }
  return text;
}

void Lexer::SkipSpaceAndComments() {
  while (true) {
    while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
    if (Peek() != '/' || Peek(1) != '*') return;
    const size_t end = text_.find("*/", position_ + 2);
    if (end == absl::string_view::npos) throw Raised("S0106").At(position_);
    position_ = end + 2;
  }
}

Token Lexer::Next(bool infix) {
  SkipSpaceAndComments();
  const size_t start = position_;
  Token token;
  token.offset = start;
  if (start >= text_.size()) return token;
  if (!infix && Peek() == '/') return Regex(start);
  token.kind = Token::Kind::kOperator;
  for (absl::string_view op : kDoubleOperators) {
    if (absl::StartsWith(text_.substr(start), op)) {
      position_ += 2;
      token.text = std::string(op);
      return token;
    }
  }
  if (IsOperator(Peek())) {
    ++position_;
    token.text = std::string(1, text_[start]);
    if (token.text == "!" || token.text == "~") throw Raised("S0204").Token(token.text).At(start);
    return token;
  }
  if (Peek() == '"' || Peek() == '\'') return String(start);
  if (Number(&token)) return token;
  return Name(start);
}

Token Lexer::Regex(size_t start) {
  ++position_;
  const size_t pattern_start = position_;
  int depth = 0;
  bool escaped = false;
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == '/' && depth == 0 && !escaped) break;
    if (!escaped && (c == '(' || c == '[' || c == '{')) ++depth;
    if (!escaped && (c == ')' || c == ']' || c == '}')) --depth;
    escaped = c == '\\' && !escaped;
  }
  if (position_ >= text_.size()) throw Raised("S0302").At(start);
  if (position_ == pattern_start) throw Raised("S0301").At(start);
  Token token;
  token.kind = Token::Kind::kRegex;
  token.offset = start;
  token.text = std::string(text_.substr(pattern_start, position_ - pattern_start));
  ++position_;
  while (Peek() == 'i' || Peek() == 'm') {
    token.flags += Peek();
    ++position_;
  }
  return token;
}

Token Lexer::String(size_t start) {
  const char quote = Peek();
  Token token;
  token.kind = Token::Kind::kString;
  token.offset = start;
  for (++position_; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == quote) {
      ++position_;
      return token;
    }
    if (c == '\\') {
      ++position_;
      Escape(&token.text);
    } else {
      token.text += c;
    }
  }
  throw Raised("S0101").At(start);
}

// position_ is at the character after the backslash, and afterwards at the last one consumed.
void Lexer::Escape(std::string* out) {
  constexpr absl::string_view kLetters = "\"\\/bfnrt";
  constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const char c = Peek();
  const size_t letter = position_ < text_.size() ? kLetters.find(c) : absl::string_view::npos;
  if (letter != absl::string_view::npos) {
    *out += kMeanings[letter];
    return;
  }
  if (c != 'u') {
    const absl::string_view rest = text_.substr(position_);
    throw Raised("S0103").Token(rest.substr(0, Utf8Length(rest))).At(position_);
  }
  uint32_t unit = FourHexDigits();
  if (IsHighSurrogate(unit) && Peek(1) == '\\' && Peek(2) == 'u') {
    position_ += 2;
    const uint32_t low = FourHexDigits();
    if (IsLowSurrogate(low)) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else {
      AppendUtf8(kReplacementCharacter, out);
      unit = low;
    }
  }
  // Strings are UTF-8: half a surrogate pair has no place in one.
  const bool lone = IsHighSurrogate(unit) || IsLowSurrogate(unit);
  AppendUtf8(lone ? kReplacementCharacter : unit, out);
}

uint32_t Lexer::FourHexDigits() {
  uint32_t unit = 0;
  for (size_t i = 1; i <= 4; ++i) {
    const char c = Peek(i);
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) throw Raised("S0104").At(position_);
    const int digit = absl::ascii_isdigit(static_cast<unsigned char>(c))
                          ? c - '0'
                          : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
    unit = unit * 16 + static_cast<uint32_t>(digit);
  }
  position_ += 4;
  return unit;
}

bool Lexer::Number(Token* token) {
  const auto digit = [this](size_t at) {
    return absl::ascii_isdigit(static_cast<unsigned char>(Peek(at)));
  };
  if (!digit(0)) return false;
  size_t length = 1;
  if (Peek() != '0') {
    while (digit(length)) ++length;
  }
  if (Peek(length) == '.' && digit(length + 1)) {
    ++length;
    while (digit(length)) ++length;
  }
  if (Peek(length) == 'e' || Peek(length) == 'E') {
    const size_t sign = Peek(length + 1) == '+' || Peek(length + 1) == '-' ? 1 : 0;
    if (digit(length + 1 + sign)) {
      length += 1 + sign;
      while (digit(length)) ++length;
    }
  }
  token->text = std::string(text_.substr(position_, length));
  const double number = ParseNumber(token->text);
  if (!std::isfinite(number)) throw Raised("S0102").Token(token->text).At(position_);
  token->kind = Token::Kind::kNumber;
  token->value = NumberValue(number);
  position_ += length;
  return true;
}

Token Lexer::Name(size_t start) {
  Token token;
  token.offset = start;
  token.kind = Token::Kind::kName;
  if (Peek() == '`') {
    const size_t end = text_.find('`', start + 1);
    if (end == absl::string_view::npos) throw Raised("S0105").At(start);
    token.text = std::string(text_.substr(start + 1, end - start - 1));
    position_ = end + 1;
    return token;
  }
  while (position_ < text_.size() && !IsSpace(text_[position_]) && !IsOperator(text_[position_])) {
    ++position_;
  }
  token.text = std::string(text_.substr(start, position_ - start));
  if (token.text[0] == '$') {
    token.kind = Token::Kind::kVariable;
    token.text.erase(0, 1);
  } else if (token.text == "and" || token.text == "or" || token.text == "in") {
    token.kind = Token::Kind::kOperator;
  } else if (token.text == "true" || token.text == "false") {
    token.kind = Token::Kind::kConstant;
    token.value = Value::Bool(token.text == "true");
  } else if (token.text == "null") {
    token.kind = Token::Kind::kConstant;
  }
  return token;
}

}  // namespace pawl::expr::jsonata
