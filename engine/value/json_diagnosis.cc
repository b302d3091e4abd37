// The sentences are those of Jackson 2.10 to 2.12 (ReaderBasedJsonParser, ParserMinimalBase).
#include "engine/value/json_diagnosis.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

constexpr size_t kExcerptCharacters = 500;
constexpr size_t kLongestToken = 256;
constexpr char kValidValues[] =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsTokenStart(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsTokenPart(char c) { return IsTokenStart(c) || IsDigit(c); }

// UTF-16 units of valid UTF-8.
size_t Units(absl::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
  }
  return units;
}

// The text in quotes, cut off after `kExcerptCharacters`.
std::string Excerpt(absl::string_view text) {
  size_t end = 0;
  for (size_t units = 0; end < text.size() && units < kExcerptCharacters;) {
    const size_t length = std::max<size_t>(1, Utf8SequenceLength(text, end));
    units += length == 4 ? 2 : 1;
    end += length;
  }
  std::string excerpt = absl::StrCat("\"", text.substr(0, end), "\"");
  if (end < text.size()) {
    absl::StrAppend(&excerpt, "[truncated ", Units(text.substr(end)), " chars]");
  }
  return excerpt;
}

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::optional<JsonDiagnosis> Scan() {
    while (diagnosis_ == absl::nullopt && Step()) {
    }
    return diagnosis_;
  }

 private:
  // Columns are counted only for the places that are told.
  struct Place {
    size_t line = 1;
    size_t line_start = 0;
    size_t at = 0;
  };
  struct Frame {
    bool is_object = false;
    Place start;
    bool has_entries = false;
  };

  // Each returns false at the end of the value and with `diagnosis_` set.
  bool Step();
  bool Key(char c);
  bool ScanValue(char c);
  bool Close(char c);
  bool String(absl::string_view what);
  bool Escape();
  bool Number(char c);
  bool Digits(absl::string_view problem);
  bool Word(char c);
  bool Ended() {
    if (frames_.empty()) return false;
    frames_.back().has_entries = true;
    return true;
  }

  bool AtEnd() const { return at_ == text_.size(); }
  // The character at `at_`, which is passed.
  char Take() { return text_[at_++]; }
  void SkipSpace();
  absl::string_view Type() const {
    if (frames_.empty()) return "root";
    return frames_.back().is_object ? "Object" : "Array";
  }
  Place Here() const { return {line_, line_start_, at_}; }
  size_t ColumnOf(const Place& place) const {
    return Units(text_.substr(place.line_start, place.at - place.line_start));
  }
  std::string Source(size_t line, size_t column) const {
    return absl::StrCat("[Source: (String)", Excerpt(text_), "; line: ", line, ", column: ", column,
                        "]");
  }

  bool Fail(absl::string_view message) { return FailWithStart(message, absl::nullopt, ""); }
  // "<before> <place> <after>".
  bool FailWithStart(absl::string_view before, absl::optional<Place> start,
                     absl::string_view after);
  bool UnexpectedEnd(absl::string_view where) {
    return Fail(absl::StrCat("Unexpected end-of-input", where));
  }
  bool EndBetweenEntries() {
    return UnexpectedEnd(absl::StrCat(" within/between ", Type(), " entries"));
  }
  // Of the character before `at_`.
  std::string Described() const;
  // The rest of that character, which may have several bytes.
  void PassWhole();
  bool Unexpected(absl::string_view comment) {
    PassWhole();
    return Fail(absl::StrCat("Unexpected character (", Described(), "): ", comment));
  }
  bool UnexpectedInNumber(absl::string_view comment) {
    PassWhole();
    return Fail(
        absl::StrCat("Unexpected character (", Described(), ") in numeric value: ", comment));
  }
  // A token that began at `start`.
  bool UnrecognizedToken(size_t start);

  const absl::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t line_start_ = 0;
  std::vector<Frame> frames_;
  absl::optional<JsonDiagnosis> diagnosis_;
};

void Scanner::SkipSpace() {
  for (; !AtEnd(); ++at_) {
    const char c = text_[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    const bool is_pair = c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    if (c == '\n' || (c == '\r' && !is_pair)) {
      ++line_;
      line_start_ = at_ + 1;
    }
  }
}

// One entry of an object or an array, or the end of either.
bool Scanner::Step() {
  SkipSpace();
  if (AtEnd()) {
    if (frames_.empty()) return false;
    return FailWithStart(absl::StrCat("Unexpected end-of-input: expected close marker for ", Type(),
                                      " (start marker at "),
                         frames_.back().start, ")");
  }
  char c = Take();
  if (c == ']' || c == '}') return Close(c);
  if (!frames_.empty() && frames_.back().has_entries) {
    if (c != ',') {
      return Unexpected(absl::StrCat("was expecting comma to separate ", Type(), " entries"));
    }
    SkipSpace();
    if (AtEnd()) return EndBetweenEntries();
    c = Take();
  }
  if (!frames_.empty() && frames_.back().is_object) {
    if (!Key(c)) return false;
    c = Take();
  }
  return ScanValue(c);
}

// A name and its colon; stands before the value then.
bool Scanner::Key(char c) {
  if (c != '"') return Unexpected("was expecting double-quote to start field name");
  if (!String("name")) return false;
  SkipSpace();
  if (AtEnd()) return EndBetweenEntries();
  if (Take() != ':') return Unexpected("was expecting a colon to separate field name and value");
  SkipSpace();
  return !AtEnd() || EndBetweenEntries();
}

bool Scanner::ScanValue(char c) {
  if (c == '{' || c == '[') {
    frames_.push_back({c == '{', Here()});
    return true;
  }
  if (c == '"') return String("string value") && Ended();
  if (c == '-' || IsDigit(c)) return Number(c) && Ended();
  if (IsTokenStart(c)) return Word(c) && Ended();
  const bool is_in_array = !frames_.empty() && !frames_.back().is_object;
  if (c == '}' && is_in_array) return Unexpected("expected a value");
  return Unexpected(absl::StrCat("expected a valid value ", kValidValues));
}

bool Scanner::Close(char c) {
  const bool closes_object = c == '}';
  if (!frames_.empty() && frames_.back().is_object == closes_object) {
    frames_.pop_back();
    return Ended();
  }
  const Place start = frames_.empty() ? Place() : frames_.back().start;
  return FailWithStart(absl::StrCat("Unexpected close marker '", std::string(1, c), "': expected '",
                                    closes_object ? "]" : "}", "' (for ", Type(), " starting at "),
                       start, ")");
}

bool Scanner::String(absl::string_view what) {
  while (!AtEnd()) {
    const char c = Take();
    if (c == '"') return true;
    if (c == '\\') {
      if (!Escape()) return false;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return Fail(absl::StrCat("Illegal unquoted character (", Described(),
                               "): has to be escaped using backslash to be included in ", what));
    }
  }
  return UnexpectedEnd(what == "name" ? " in field name"
                                      : ": was expecting closing quote for a string value");
}

bool Scanner::Escape() {
  constexpr absl::string_view kInEscape = " in character escape sequence";
  if (AtEnd()) return UnexpectedEnd(kInEscape);
  const char c = Take();
  if (absl::string_view("\"\\/bfnrt").find(c) != absl::string_view::npos) return true;
  if (c != 'u') {
    PassWhole();
    return Fail(absl::StrCat("Unrecognized character escape ", Described()));
  }
  for (int i = 0; i < 4; ++i) {
    if (AtEnd()) return UnexpectedEnd(kInEscape);
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(Take()))) {
      return Unexpected("expected a hex-digit for character escape sequence");
    }
  }
  return true;
}

bool Scanner::Number(char c) {
  constexpr absl::string_view kAfterMinus =
      "expected digit (0-9) to follow minus sign, for valid numeric value";
  if (c == '-') {
    if (AtEnd()) return UnexpectedEnd(" in a Number value");
    c = Take();
    if (!IsDigit(c)) return UnexpectedInNumber(kAfterMinus);
  }
  if (c == '0' && !AtEnd() && IsDigit(text_[at_])) {
    ++at_;
    return Fail("Invalid numeric value: Leading zeroes not allowed");
  }
  while (!AtEnd() && IsDigit(text_[at_])) ++at_;
  if (!AtEnd() && text_[at_] == '.') {
    ++at_;
    if (!Digits("Decimal point not followed by a digit")) return false;
  }
  if (!AtEnd() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (!AtEnd() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (!Digits("Exponent indicator not followed by a digit")) return false;
  }
  return true;
}

// One digit or more.
bool Scanner::Digits(absl::string_view problem) {
  if (AtEnd()) return UnexpectedEnd(" in a Number value");
  if (!IsDigit(Take())) return UnexpectedInNumber(problem);
  while (!AtEnd() && IsDigit(text_[at_])) ++at_;
  return true;
}

bool Scanner::Word(char c) {
  const size_t start = at_ - 1;
  for (const absl::string_view word : {"true", "false", "null"}) {
    if (c != word[0] || text_.substr(start, word.size()) != word) continue;
    at_ = start + word.size();
    if (AtEnd() || !IsTokenPart(text_[at_])) return true;
  }
  return UnrecognizedToken(start);
}

bool Scanner::UnrecognizedToken(size_t start) {
  at_ = start;
  while (!AtEnd() && IsTokenPart(text_[at_]) && at_ - start < kLongestToken) ++at_;
  while (!AtEnd() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) ++at_;
  const absl::string_view token = text_.substr(start, at_ - start);
  if (token == "NaN" || token == "Infinity") {
    return Fail(absl::StrCat("Non-standard token '", token,
                             "': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"));
  }
  return Fail(absl::StrCat("Unrecognized token '", token, token.size() < kLongestToken ? "" : "...",
                           "': was expecting ", kValidValues));
}

void Scanner::PassWhole() {
  while (!AtEnd() && (static_cast<unsigned char>(text_[at_ - 1]) & 0x80) != 0 &&
         (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80) {
    ++at_;
  }
}

std::string Scanner::Described() const {
  size_t start = at_ - 1;
  while (start > 0 && (static_cast<unsigned char>(text_[start]) & 0xC0) == 0x80) --start;
  const absl::string_view character = text_.substr(start, at_ - start);
  auto code = static_cast<uint32_t>(static_cast<unsigned char>(character[0]));
  if (code < 0x20) return absl::StrCat("(CTRL-CHAR, code ", code, ")");
  if (character.size() > 1) {
    code &= 0xFFU >> (character.size() + 1);
    for (const char c : character.substr(1)) {
      code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
    }
  }
  if (code <= 0xFF) return absl::StrFormat("'%s' (code %d)", character, code);
  return absl::StrFormat("'%s' (code %d / 0x%x)", character, code, code);
}

bool Scanner::FailWithStart(absl::string_view before, absl::optional<Place> start,
                            absl::string_view after) {
  JsonDiagnosis diagnosis;
  diagnosis.aws_location = Source(line_, ColumnOf(Here()) + 1);
  std::string start_for_people;
  std::string start_for_aws;
  if (start.has_value()) {
    const size_t column = ColumnOf(*start);
    start_for_people = absl::StrCat("line ", start->line, ", column ", column);
    start_for_aws = Source(start->line, column);
  }
  diagnosis.message = absl::StrCat(before, start_for_people, after);
  diagnosis.aws_message =
      absl::StrCat(before, start_for_aws, after, "\n at ", diagnosis.aws_location);
  diagnosis_ = std::move(diagnosis);
  return false;
}

}  // namespace

absl::optional<JsonDiagnosis> DiagnoseJson(absl::string_view text) {
  if (!IsValidUtf8(text)) return absl::nullopt;
  return Scanner(text).Scan();
}

}  // namespace pawl
