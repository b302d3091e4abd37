#include "engine/expr/jsonpath/parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::expr::jsonpath {
namespace {

constexpr size_t kMaxText = size_t{16} * 1024;
constexpr size_t kMaxSteps = 512;
constexpr size_t kMaxVariableName = 80;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsIdentifier(absl::string_view name) {
  if (name.empty() || name.size() > kMaxVariableName || IsDigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return IsDigit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

absl::optional<Function> FindFunction(absl::string_view name) {
  static constexpr std::pair<absl::string_view, Function> kFunctions[] = {
      {"min", Function::kMin},       {"max", Function::kMax},     {"avg", Function::kAvg},
      {"stddev", Function::kStddev}, {"sum", Function::kSum},     {"length", Function::kLength},
      {"size", Function::kLength},   {"keys", Function::kKeys},   {"concat", Function::kConcat},
      {"append", Function::kAppend}, {"first", Function::kFirst}, {"last", Function::kLast},
      {"index", Function::kIndex},
  };
  for (const auto& [known, function] : kFunctions) {
    if (known == name) return function;
  }
  return absl::nullopt;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Path>> ParsePath(absl::string_view text) {
  return Parser(text).ParseAll();
}

absl::StatusOr<std::shared_ptr<const Path>> Parser::ParseAll() {
  if (text_.size() > kMaxText) {
    return absl::InvalidArgumentError(
        absl::StrCat("the path is longer than ", kMaxText, " characters"));
  }
  std::shared_ptr<const Path> path = ParsePath(Where::kTopLevel);
  if (ok() && !at_end()) Fail("expected '.' or '['");
  if (!ok()) return status_;
  return path;
}

std::shared_ptr<const Path> Parser::ParsePath(Where where) {
  auto path = std::make_shared<Path>();
  const size_t start = at_;
  ParseRoot(where, path.get());
  ParseSteps(where, path.get());
  path->text = std::string(text_.substr(start, at_ - start));
  path->is_definite = std::all_of(path->steps.begin(), path->steps.end(),
                                  [](const Step& step) { return step.is_definite(); });
  size_t last_run = 0;
  for (size_t end = 0; (end = EndOfRun(*path, last_run)) < path->steps.size();) last_run = end + 1;
  path->yields_array = YieldsArray(*path, last_run, path->steps.size());
  return path;
}

void Parser::ParseRoot(Where where, Path* path) {
  if (where == Where::kNested && Consume("@")) {
    path->root = Path::Root::kCurrent;
    return;
  }
  Expect("$");
  if (!ok()) return;
  if (where == Where::kNested) return;
  if (Consume("$")) {
    path->root = Path::Root::kContext;
    return;
  }
  const size_t start = at_;
  while (!at_end() && Peek() != '.' && Peek() != '[') ++at_;
  const absl::string_view name = text_.substr(start, at_ - start);
  if (name.empty()) return;
  if (!IsIdentifier(name)) {
    at_ = start;
    Fail("expected '.', '[' or the name of a variable");
    return;
  }
  path->root = Path::Root::kVariable;
  path->variable = std::string(name);
}

void Parser::ParseSteps(Where where, Path* path) {
  while (ok() && !at_end()) {
    if (Peek() == '[') {
      ParseBracketStep(path);
    } else if (Peek() == '.') {
      ParseDotStep(where, path);
    } else {
      return;
    }
  }
}

void Parser::ParseDotStep(Where where, Path* path) {
  const bool is_descend = Consume("..");
  if (!is_descend) Expect(".");
  if (is_descend) {
    Step descend;
    descend.kind = Step::Kind::kDescend;
    AddStep(std::move(descend), path);
  }
  if (Peek() == '[') {
    ParseBracketStep(path);
    return;
  }
  Step step;
  if (Consume("*")) {
    step.kind = Step::Kind::kWildcard;
    AddStep(std::move(step), path);
    return;
  }
  const absl::string_view name = ReadName(where);
  if (name.empty()) {
    Fail("expected a name, '*' or '[' after '.'");
  } else if (Peek() == '(') {
    if (is_descend) Fail("a function cannot follow '..'");
    ParseFunction(name, path);
  } else {
    step.names.emplace_back(name);
    AddStep(std::move(step), path);
  }
}

// Jayway takes nearly every character in a name that follows a dot. Those that are left out here
// are mistakes in all likelihood: such names are written in brackets and quotes.
absl::string_view Parser::ReadName(Where where) {
  constexpr absl::string_view kNever = "'\")],?*{}";
  constexpr absl::string_view kNotInFilters = "<>=~!&|";
  const size_t start = at_;
  while (!at_end()) {
    const char c = Peek();
    if (c == '.' || c == '[' || c == '(' || IsSpace(c)) break;
    if (static_cast<unsigned char>(c) < 0x20 || kNever.find(c) != absl::string_view::npos) break;
    if (where == Where::kNested && kNotInFilters.find(c) != absl::string_view::npos) break;
    ++at_;
  }
  return text_.substr(start, at_ - start);
}

void Parser::ParseFunction(absl::string_view name, Path* path) {
  const absl::optional<Function> function = FindFunction(name);
  if (!function) {
    Fail(absl::StrCat("there is no function ", name, "()"));
    return;
  }
  Step step;
  step.kind = Step::Kind::kFunction;
  step.function = *function;
  Expect("(");
  if (++nesting_ > kMaxNesting) Fail("nested too deeply");
  SkipSpace();
  while (ok() && Peek() != ')') {
    Argument argument;
    if (Peek() == '$' || Peek() == '@') {
      argument.path = ParsePath(Where::kNested);
    } else {
      argument.literal = ParseLiteral();
    }
    step.arguments.push_back(std::move(argument));
    SkipSpace();
    if (Peek() != ')') Expect(",");
    SkipSpace();
  }
  --nesting_;
  Expect(")");
  if (*function == Function::kIndex && step.arguments.size() != 1)
    Fail("index() takes one argument");
  AddStep(std::move(step), path);
}

void Parser::ParseBracketStep(Path* path) {
  Expect("[");
  SkipSpace();
  Step step;
  if (Consume("*")) {
    step.kind = Step::Kind::kWildcard;
  } else if (Consume("?")) {
    SkipSpace();
    Expect("(");
    if (++nesting_ > kMaxNesting) Fail("nested too deeply");
    step.kind = Step::Kind::kFilter;
    step.filter = std::make_shared<const Filter>(ParseOr());
    --nesting_;
    SkipSpace();
    Expect(")");
  } else if (Peek() == '\'' || Peek() == '"') {
    ParseNames(&step);
  } else if (Consume("(@.length-")) {
    // The one script expression that people write; negative indices came later.
    const int64_t from_end = ParseInteger();
    if (ok() && from_end < 1) Fail("expected a number after '@.length-'");
    step.kind = Step::Kind::kIndex;
    step.indices.push_back(-from_end);
    Expect(")");
  } else {
    ParseIndicesOrSlice(&step);
  }
  SkipSpace();
  Expect("]");
  AddStep(std::move(step), path);
}

void Parser::ParseNames(Step* step) {
  do {
    SkipSpace();
    step->names.push_back(ParseQuoted());
    SkipSpace();
  } while (ok() && Consume(","));
  step->kind = step->names.size() == 1 ? Step::Kind::kName : Step::Kind::kNames;
}

void Parser::ParseIndicesOrSlice(Step* step) {
  if (Peek() != ':') step->indices.push_back(ParseInteger());
  SkipSpace();
  if (Consume(":")) {
    SkipSpace();
    step->kind = Step::Kind::kSlice;
    if (!step->indices.empty()) step->from = step->indices[0];
    step->indices.clear();
    if (Peek() != ']') step->to = ParseInteger();
    SkipSpace();
    if (Peek() == ':') Fail("slices have no step");
    if (!step->from && !step->to) Fail("a slice needs a start or an end");
    return;
  }
  while (ok() && Consume(",")) {
    SkipSpace();
    step->indices.push_back(ParseInteger());
    SkipSpace();
  }
  step->kind = step->indices.size() == 1 ? Step::Kind::kIndex : Step::Kind::kIndices;
}

// 'a' or "a", with Java's escapes; a backslash before anything else takes it as it is, except for
// \" in single quotes, which is two characters.
std::string Parser::ParseQuoted() {
  const char quote = Peek();
  if (quote != '\'' && quote != '"') {
    Fail("expected a quoted string");
    return "";
  }
  ++at_;
  std::string out;
  while (!at_end() && Peek() != quote) {
    // In single quotes a double quote needs no escape: the backslash belongs to the text.
    const bool is_plain = quote == '\'' && Peek(1) == '"';
    if (Peek() == '\\' && at_ + 1 < text_.size() && !is_plain) {
      ++at_;
      ParseEscape(&out);
    } else {
      out.push_back(text_[at_++]);
    }
  }
  if (at_end()) {
    Fail("expected a closing quote");
  } else {
    ++at_;
  }
  return out;
}

// What follows a backslash.
void Parser::ParseEscape(std::string* out) {
  constexpr absl::string_view kNames = "bfnrt";
  constexpr absl::string_view kMeanings = "\b\f\n\r\t";
  const char c = text_[at_++];
  if (c == 'u') {
    uint32_t unit = 0;
    const absl::string_view hex = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
    const bool is_surrogate = unit >= 0xD800 && unit <= 0xDFFF;
    if (error != std::errc() || end != hex.data() + 4 || is_surrogate) {
      Fail("expected four hexadecimal digits of a character");
      return;
    }
    at_ += 4;
    AppendUtf8(unit, out);
    return;
  }
  const size_t i = kNames.find(c);
  out->push_back(i == absl::string_view::npos ? c : kMeanings[i]);
}

int64_t Parser::ParseInteger() {
  int64_t n = 0;
  const char* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), n);
  if (error != std::errc() || n < INT32_MIN || n > INT32_MAX) {
    Fail("expected an index, a quoted name, '*' or '?('");
    return 0;
  }
  at_ += static_cast<size_t>(end - begin);
  return n;
}

// A string in either kind of quotes, a number, true, false, null, a JSON array or object, or a
// word, which is a string.
Value Parser::ParseLiteral(bool takes_words) {
  if (Peek() == '\'' || Peek() == '"') return Value::String(ParseQuoted());
  size_t end = at_;
  if (Peek() == '[' || Peek() == '{') {
    int depth = 0;
    char quote = '\0';
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      if (quote != '\0') {
        if (c == '\\') ++end;
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[' || c == '{') {
        ++depth;
      } else if ((c == ']' || c == '}') && --depth == 0) {
        ++end;
        break;
      }
    }
  } else {
    while (end < text_.size() &&
           (absl::string_view("+-.").find(text_[end]) != absl::string_view::npos ||
            IsIdentifier(text_.substr(end, 1)) || IsDigit(text_[end]))) {
      ++end;
    }
  }
  end = std::min(end, text_.size());
  std::string json(text_.substr(at_, end - at_));
  absl::StatusOr<Value> value = ParseJson(json);
  if (!value.ok() && json.find('\'') != std::string::npos) {
    // Filters often write lists with single quotes.
    std::replace(json.begin(), json.end(), '\'', '"');
    value = ParseJson(json);
  }
  if (!value.ok() && takes_words && IsIdentifier(json)) {
    // AWS's own samples write [?(@.Name==Receipt)].
    at_ = end;
    return Value::String(std::move(json));
  }
  if (!value.ok()) {
    Fail("expected a path or a literal");
    return Value();
  }
  at_ = end;
  return *std::move(value);
}

void Parser::AddStep(Step step, Path* path) {
  if (++steps_ > kMaxSteps) Fail(absl::StrCat("more than ", kMaxSteps, " segments"));
  path->steps.push_back(std::move(step));
}

bool Parser::Consume(absl::string_view token) {
  if (!ok() || text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

void Parser::Expect(absl::string_view token) {
  if (!Consume(token)) Fail(absl::StrCat("expected '", token, "'"));
}

void Parser::SkipSpace() {
  while (!at_end() && IsSpace(Peek())) ++at_;
}

void Parser::Fail(absl::string_view what) {
  if (!ok()) return;
  status_ = absl::InvalidArgumentError(absl::StrCat(what, " at offset ", at_));
  at_ = text_.size();
}

}  // namespace pawl::expr::jsonpath
