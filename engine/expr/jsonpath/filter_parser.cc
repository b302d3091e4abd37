// The filter half of jsonpath::Parser: [?( ... )].
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/expr/jsonpath/parser.h"

namespace pawl::expr::jsonpath {
namespace {

// Longer ones first where one begins like another.
constexpr std::pair<absl::string_view, Operator> kSymbols[] = {
    {"==", Operator::kEqual},       {"!=", Operator::kNotEqual}, {"=~", Operator::kMatches},
    {"<=", Operator::kLessOrEqual}, {"<", Operator::kLess},      {">=", Operator::kGreaterOrEqual},
    {">", Operator::kGreater},
};
constexpr std::pair<absl::string_view, Operator> kWords[] = {
    {"in", Operator::kIn},
    {"nin", Operator::kNotIn},
    {"subsetof", Operator::kSubsetOf},
    {"anyof", Operator::kAnyOf},
    {"noneof", Operator::kNoneOf},
    {"all", Operator::kAll},
    {"size", Operator::kSize},
    {"contains", Operator::kContains},
    {"empty", Operator::kEmpty},
};

// A lone operand stands for itself.
Filter Combine(Filter::Kind kind, std::vector<Filter> operands) {
  if (operands.size() == 1) return std::move(operands[0]);
  Filter filter;
  filter.kind = kind;
  filter.operands = std::move(operands);
  return filter;
}

}  // namespace

Filter Parser::ParseOr() {
  std::vector<Filter> operands;
  do {
    operands.push_back(ParseAnd());
    SkipSpace();
  } while (Consume("||"));
  return Combine(Filter::Kind::kOr, std::move(operands));
}

Filter Parser::ParseAnd() {
  std::vector<Filter> operands;
  do {
    operands.push_back(ParseNot());
    SkipSpace();
  } while (Consume("&&"));
  return Combine(Filter::Kind::kAnd, std::move(operands));
}

Filter Parser::ParseNot() {
  if (++nesting_ > kMaxNesting) Fail("nested too deeply");
  Filter filter;
  SkipSpace();
  if (Consume("!")) {
    filter.kind = Filter::Kind::kNot;
    filter.operands.push_back(ParseNot());
  } else if (Consume("(")) {
    filter = ParseOr();
    SkipSpace();
    Expect(")");
  } else {
    filter = ParseComparison();
  }
  --nesting_;
  return filter;
}

Filter Parser::ParseComparison() {
  Filter filter;
  filter.left = ParseOperand(/*is_right=*/false);
  SkipSpace();
  if (ParseOperator(&filter.comparison)) {
    filter.kind = Filter::Kind::kCompare;
    SkipSpace();
    filter.right = ParseOperand(/*is_right=*/true);
    const bool has_regex = filter.left.regex != nullptr || filter.right.regex != nullptr;
    if (has_regex != (filter.comparison == Operator::kMatches)) {
      Fail("'=~' and a regular expression belong together");
    }
  } else if (filter.left.path == nullptr) {
    Fail("expected a comparison");
  }
  return filter;
}

bool Parser::ParseOperator(Operator* op) {
  for (const auto& [symbol, meaning] : kSymbols) {
    if (Consume(symbol)) {
      *op = meaning;
      return true;
    }
  }
  const absl::string_view rest = text_.substr(at_);
  const auto word_end =
      std::find_if(rest.begin(), rest.end(), [](char c) { return !absl::ascii_isalpha(c); });
  const std::string word = absl::AsciiStrToLower(
      rest.substr(0, static_cast<size_t>(std::distance(rest.begin(), word_end))));
  for (const auto& [name, meaning] : kWords) {
    if (word != name) continue;
    at_ += word.size();
    *op = meaning;
    return true;
  }
  return false;
}

Operand Parser::ParseOperand(bool is_right) {
  Operand operand;
  if (Peek() == '@' || Peek() == '$') {
    operand.path = ParsePath(Where::kNested);
  } else if (Peek() == '/') {
    operand.regex = ParseRegex();
  } else {
    operand.literal = ParseLiteral(is_right);
  }
  return operand;
}

std::shared_ptr<const Regex> Parser::ParseRegex() {
  Expect("/");
  std::string pattern;
  while (!at_end() && Peek() != '/') {
    // An escaped slash is a slash; every other escape is for the regular expression.
    const bool is_escape = Peek() == '\\' && at_ + 1 < text_.size();
    if (is_escape && Peek(1) != '/') pattern.push_back('\\');
    if (is_escape) ++at_;
    pattern.push_back(text_[at_++]);
  }
  Expect("/");
  const size_t flags = at_;
  while (absl::ascii_isalpha(static_cast<unsigned char>(Peek()))) ++at_;
  if (!ok()) return nullptr;
  auto regex = Regex::Compile(pattern, text_.substr(flags, at_ - flags));
  if (!regex.ok()) {
    Fail(regex.status().message());
    return nullptr;
  }
  return *std::move(regex);
}

}  // namespace pawl::expr::jsonpath
