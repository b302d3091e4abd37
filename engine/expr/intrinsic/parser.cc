#include "engine/expr/intrinsic/parser.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/number.h"

namespace pawl::expr::intrinsic {
namespace {

constexpr int kMaxNesting = 10;

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::unique_ptr<const Call>> Parse() {
    std::unique_ptr<const Call> call = ParseCall(1);
    if (status_.ok() && at_ != text_.size()) Fail("expected the end of the text");
    if (!status_.ok()) return status_;
    return call;
  }

 private:
  std::unique_ptr<const Call> ParseCall(int nesting);
  void ParseArgument(int nesting, Call* call);
  void ParsePath(Call* call);
  void ParseString(Call* call);
  void ParseWord(Call* call);

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipSpace() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(Peek()))) ++at_;
  }
  void Fail(absl::string_view what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(what, " at offset ", at_));
    at_ = text_.size();
  }

  const absl::string_view text_;
  size_t at_ = 0;
  absl::Status status_;
};

std::unique_ptr<const Call> Parser::ParseCall(int nesting) {
  auto call = std::make_unique<Call>();
  const size_t open = text_.find('(', at_);
  if (open != absl::string_view::npos) {
    call->function = FindFunction(text_.substr(at_, open - at_));
  }
  if (call->function == nullptr) {
    Fail("expected the name of an intrinsic function and '('");
    return call;
  }
  if (nesting > kMaxNesting) {
    Fail(absl::StrCat("calls are nested more than ", kMaxNesting, " deep"));
    return call;
  }
  at_ = open + 1;
  SkipSpace();
  while (status_.ok() && (Peek() != ')' || !call->arguments.empty())) {
    ParseArgument(nesting, call.get());
    SkipSpace();
    if (Peek() != ',') break;
    ++at_;
    SkipSpace();
  }
  if (Peek() != ')') {
    Fail("expected ',' or ')'");
  } else {
    ++at_;
  }
  return call;
}

void Parser::ParseArgument(int nesting, Call* call) {
  if (Peek() == '\'') {
    ParseString(call);
  } else if (Peek() == '$') {
    ParsePath(call);
  } else if (absl::StartsWith(text_.substr(at_), "States.")) {
    call->arguments.emplace_back(ParseCall(nesting + 1));
  } else {
    ParseWord(call);
  }
  // AWS leaves the kinds of arguments to the call; a text can never be a summand.
  if (call->function->name == "States.MathAdd" && !call->arguments.empty()) {
    const Value* literal = std::get_if<Value>(&call->arguments.back());
    if (literal != nullptr && literal->is_string()) Fail("expected a number or a path");
  }
}

// A path ends at the comma or parenthesis that belongs to the call.
void Parser::ParsePath(Call* call) {
  size_t end = at_;
  int depth = 0;
  char quote = '\0';
  for (; end < text_.size(); ++end) {
    const char c = text_[end];
    if (quote != '\0') {
      if (c == '\\') {
        ++end;
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '[' || c == '(') {
      ++depth;
    } else if (depth == 0 && (c == ',' || c == ')')) {
      break;
    } else if (c == ']' || c == ')') {
      --depth;
    }
  }
  end = std::min(end, text_.size());
  absl::StatusOr<JsonPath> path =
      JsonPath::Parse(absl::StripTrailingAsciiWhitespace(text_.substr(at_, end - at_)));
  if (!path.ok()) {
    Fail(absl::StrCat(path.status().message(), " of the path"));
    return;
  }
  call->arguments.emplace_back(*std::move(path));
  at_ = end;
}

void Parser::ParseString(Call* call) {
  constexpr absl::string_view kEscapable = "'{}\\";
  const size_t start = ++at_;
  std::string unescaped;
  for (; at_ < text_.size() && Peek() != '\''; ++at_) {
    if (Peek() == '\\') {
      ++at_;
      if (at_ == text_.size() || kEscapable.find(Peek()) == absl::string_view::npos) {
        Fail("expected ', {, } or \\ after a backslash");
        return;
      }
    }
    unescaped.push_back(Peek());
  }
  if (at_ >= text_.size()) {
    Fail("expected a closing quote");
    return;
  }
  if (call->arguments.empty() && call->function->name == "States.Format") {
    call->format = ParseFormatLiteral(text_.substr(start, at_ - start));
  }
  ++at_;
  call->arguments.emplace_back(Value::String(std::move(unescaped)));
}

// A number, true, false or null.
void Parser::ParseWord(Call* call) {
  const size_t end = std::min(text_.find_first_of(",) \t\r\n", at_), text_.size());
  const absl::string_view word = text_.substr(at_, end - at_);
  if (word == "null") {
    call->arguments.emplace_back(Value());
  } else if (word == "true" || word == "false") {
    call->arguments.emplace_back(Value::Bool(word == "true"));
  } else if (internal::IsJsonNumber(word)) {
    call->arguments.emplace_back(Value::NumberFromText(word));
  } else {
    Fail("expected a path, a string in single quotes, a number, true, false, null or a call");
    return;
  }
  at_ = end;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Call>> ParseCall(absl::string_view text) {
  return Parser(text).Parse();
}

}  // namespace pawl::expr::intrinsic
