// ParseJson: a strict parser without recursion. Finished values wait on one stack until the
// container that holds them closes, so every container is allocated once, in its final size.
#include <array>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

// Characters that stand for themselves in a string and need no look at what follows.
constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHighSurrogate(uint32_t u) { return u >= 0xD800 && u <= 0xDBFF; }
bool IsLowSurrogate(uint32_t u) { return u >= 0xDC00 && u <= 0xDFFF; }

class Parser {
 public:
  Parser(absl::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  absl::StatusOr<Value> Parse() {
    if (!ParseText()) return status_;
    return std::move(values_.front());
  }

 private:
  struct Frame {
    bool is_object;
    size_t first_value;  // where the container's own values and keys begin on the stacks
    size_t first_key;
  };

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Consume(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
      ++at_;
    }
  }
  void SkipDigits() {
    while (IsDigit(Peek())) ++at_;
  }
  char ClosingBracket() const { return frames_.back().is_object ? '}' : ']'; }

  // All of these return false with status_ set on an error.
  bool ParseText();
  bool CloseFinished(bool* is_complete);
  bool Open(bool is_object);
  void Close();
  bool ParseScalar();
  bool ParseKey();
  bool ParseString(std::string* out);
  bool ParseEscape(std::string* out);
  bool ParseHex4(uint32_t* code_unit);
  bool ParseNumber();
  bool ParseWord(absl::string_view word, Value value);
  bool Fail(absl::string_view expected);

  const absl::string_view text_;
  const JsonLimits& limits_;
  size_t at_ = 0;
  std::vector<Value> values_;
  std::vector<std::string> keys_;
  std::vector<Frame> frames_;
  absl::Status status_;
};

bool Parser::ParseText() {
  if (text_.size() > limits_.max_bytes) {
    status_ = absl::ResourceExhaustedError(absl::StrCat(
        "JSON text of ", text_.size(), " bytes: the limit max_bytes is ", limits_.max_bytes));
    return false;
  }
  constexpr size_t kUsualSize = 32;
  values_.reserve(kUsualSize);
  keys_.reserve(kUsualSize);
  SkipSpace();
  for (bool is_complete = false; !is_complete;) {
    const char c = Peek();
    if (c != '{' && c != '[') {
      if (!ParseScalar()) return false;
    } else {
      if (!Open(c == '{')) return false;
      if (Peek() != ClosingBracket()) {
        if (frames_.back().is_object && !ParseKey()) return false;
        continue;
      }
      ++at_;
      Close();
    }
    if (!CloseFinished(&is_complete)) return false;
  }
  return at_ == text_.size() || Fail("the end of the text");
}

// A value is complete: closes the containers that end with it, up to one that goes on with another
// value, or until the whole text is complete.
bool Parser::CloseFinished(bool* is_complete) {
  for (;;) {
    SkipSpace();
    if (frames_.empty()) {
      *is_complete = true;
      return true;
    }
    if (Consume(',')) {
      SkipSpace();
      return !frames_.back().is_object || ParseKey();
    }
    if (!Consume(ClosingBracket()))
      return Fail(frames_.back().is_object ? "',' or '}'" : "',' or ']'");
    Close();
  }
}

bool Parser::Open(bool is_object) {
  if (frames_.size() >= limits_.max_depth) {
    status_ = absl::ResourceExhaustedError(
        absl::StrCat("JSON text is nested deeper than ", limits_.max_depth,
                     " levels, the limit (pawl-engine's flag --max-json-depth)"));
    return false;
  }
  ++at_;
  frames_.push_back({is_object, values_.size(), keys_.size()});
  SkipSpace();
  return true;
}

void Parser::Close() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  const auto first = values_.begin() + static_cast<ptrdiff_t>(frame.first_value);
  Value container;
  if (frame.is_object) {
    Value::Members members;
    members.reserve(values_.size() - frame.first_value);
    for (size_t k = 0; frame.first_value + k < values_.size(); ++k) {
      members.emplace_back(std::move(keys_[frame.first_key + k]),
                           std::move(values_[frame.first_value + k]));
    }
    keys_.resize(frame.first_key);
    container = Value::Object(std::move(members));
  } else {
    container = Value::Array(
        Value::Elements(std::make_move_iterator(first), std::make_move_iterator(values_.end())));
  }
  values_.erase(first, values_.end());
  values_.push_back(std::move(container));
}

bool Parser::ParseScalar() {
  switch (Peek()) {
    case '"': {
      std::string s;
      if (!ParseString(&s)) return false;
      values_.push_back(Value::String(std::move(s)));
      return true;
    }
    case 't':
      return ParseWord("true", Value::Bool(true));
    case 'f':
      return ParseWord("false", Value::Bool(false));
    case 'n':
      return ParseWord("null", Value::Null());
    default:
      return Peek() == '-' || IsDigit(Peek()) ? ParseNumber() : Fail("a value");
  }
}

bool Parser::ParseWord(absl::string_view word, Value value) {
  if (text_.substr(at_, word.size()) != word) return Fail("a value");
  at_ += word.size();
  values_.push_back(std::move(value));
  return true;
}

bool Parser::ParseNumber() {
  const size_t start = at_;
  Consume('-');
  if (!IsDigit(Peek())) return Fail("a digit");
  if (!Consume('0')) SkipDigits();
  if (IsDigit(Peek())) return Fail("no digit after a leading zero");
  if (Consume('.')) {
    if (!IsDigit(Peek())) return Fail("a digit");
    SkipDigits();
  }
  if (Consume('e') || Consume('E')) {
    if (!Consume('+')) Consume('-');
    if (!IsDigit(Peek())) return Fail("a digit");
    SkipDigits();
  }
  values_.push_back(Value::NumberFromText(text_.substr(start, at_ - start)));
  return true;
}

bool Parser::ParseKey() {
  if (Peek() != '"') return Fail("a member name in double quotes");
  if (!ParseString(&keys_.emplace_back())) return false;
  SkipSpace();
  if (!Consume(':')) return Fail("':'");
  SkipSpace();
  return true;
}

bool Parser::ParseString(std::string* out) {
  ++at_;
  size_t start = at_;  // of the run without escapes
  for (;;) {
    while (at_ < text_.size() && kIsPlain[static_cast<unsigned char>(text_[at_])]) ++at_;
    const auto c = static_cast<unsigned char>(Peek());
    if (c >= 0x80) {
      const size_t length = Utf8SequenceLength(text_, at_);
      if (length == 0) return Fail("valid UTF-8");
      at_ += length;
    } else {
      if (c != '"' && c != '\\') return Fail("no control character or end of text in a string");
      out->append(text_.data() + start, at_ - start);
      ++at_;
      if (c == '"') return true;
      if (!ParseEscape(out)) return false;
      start = at_;
    }
  }
}

bool Parser::ParseEscape(std::string* out) {
  constexpr absl::string_view kNames = "\"\\/bfnrt";
  constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (!Consume('u')) {
    const size_t i = at_ < text_.size() ? kNames.find(Peek()) : absl::string_view::npos;
    if (i == absl::string_view::npos) return Fail("an escape sequence");
    ++at_;
    out->push_back(kMeanings[i]);
    return true;
  }
  uint32_t unit = 0;
  if (!ParseHex4(&unit)) return false;
  if (IsHighSurrogate(unit) && text_.substr(at_, 2) == "\\u") {
    const size_t second = at_;
    at_ += 2;
    uint32_t low = 0;
    if (!ParseHex4(&low)) return false;
    if (IsLowSurrogate(low)) {
      AppendUtf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
      return true;
    }
    at_ = second;  // an escape of its own
  }
  // Half a character, as cut strings of UTF-16 languages have it. UTF-8 cannot hold it; refusing a
  // task's whole result because of it would be worse.
  AppendUtf8(IsHighSurrogate(unit) || IsLowSurrogate(unit) ? 0xFFFD : unit, out);
  return true;
}

bool Parser::ParseHex4(uint32_t* code_unit) {
  *code_unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = Peek();
    uint32_t digit = 0;
    if (IsDigit(c)) {
      digit = static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<uint32_t>(c - 'A' + 10);
    } else {
      return Fail("four hexadecimal digits");
    }
    *code_unit = *code_unit * 16 + digit;
    ++at_;
  }
  return true;
}

bool Parser::Fail(absl::string_view expected) {
  const absl::string_view before = text_.substr(0, at_);
  size_t line = 1;
  for (char c : before) line += c == '\n' ? 1 : 0;
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  status_ = absl::InvalidArgumentError(absl::StrCat(
      "invalid JSON at line ", line, ", column ", CountCodePoints(before.substr(line_start)) + 1,
      ": expected ", expected, at_ == text_.size() ? ", found the end of the text" : ""));
  return false;
}

}  // namespace

absl::StatusOr<Value> ParseJson(absl::string_view text, const JsonLimits& limits) {
  return Parser(text, limits).Parse();
}

}  // namespace pawl
