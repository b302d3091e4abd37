#include "engine/expr/jsonata/parser.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/lexer.h"

namespace pawl::expr::jsonata {
namespace {

struct InfixOperator {
  absl::string_view text;
  int power;
};

// The rest (";", ",", ")"...) binds nothing: power 0.
constexpr InfixOperator kInfix[] = {
    {".", 75}, {"[", 80},   {"{", 70},  {"(", 80},  {"@", 80},  {"#", 80},  {"?", 20},
    {"+", 50}, {"-", 50},   {"*", 60},  {"/", 60},  {"%", 60},  {"=", 40},  {"<", 40},
    {">", 40}, {"^", 40},   {":=", 10}, {"!=", 40}, {"<=", 40}, {">=", 40}, {"~>", 40},
    {"&", 50}, {"and", 30}, {"or", 25}, {"in", 40},
};
constexpr int kPrefixPower = 70;

constexpr BinaryOp kBinaryOps[] = {
    BinaryOp::kAdd,       BinaryOp::kSubtract, BinaryOp::kMultiply,     BinaryOp::kDivide,
    BinaryOp::kModulo,    BinaryOp::kEqual,    BinaryOp::kNotEqual,     BinaryOp::kLess,
    BinaryOp::kLessEqual, BinaryOp::kGreater,  BinaryOp::kGreaterEqual, BinaryOp::kConcat,
    BinaryOp::kIn,        BinaryOp::kAnd,      BinaryOp::kOr,
};

int PowerOf(const Token& token) {
  if (token.kind != Token::Kind::kOperator) return 0;
  for (const InfixOperator& op : kInfix) {
    if (op.text == token.text) return op.power;
  }
  return 0;
}

bool IsFunctionKeyword(const Node& node) {
  return node.kind == NodeKind::kName && (node.text == "function" || node.text == "\xCE\xBB");
}

class Parser {
 public:
  Parser(absl::string_view text, Symbols* symbols) : lexer_(text), symbols_(symbols) {
    Advance(false);
  }

  NodePtr Parse() {
    NodePtr node = Expression(0);
    if (token_.kind != Token::Kind::kEnd) {
      throw Raised("S0201").Token(token_.ForMessage()).At(token_.offset);
    }
    return node;
  }

 private:
  void Advance(bool infix) { token_ = lexer_.Next(infix); }

  void Expect(absl::string_view op, bool infix = false) {
    if (!token_.Is(op)) {
      throw Raised(token_.kind == Token::Kind::kEnd ? "S0203" : "S0202")
          .With("value", Quoted(op))
          .Token(token_.ForMessage())
          .At(token_.offset);
    }
    Advance(infix);
  }

  bool Accept(absl::string_view op, bool infix = false) {
    if (!token_.Is(op)) return false;
    Advance(infix);
    return true;
  }

  static NodePtr Make(NodeKind kind, size_t offset) { return std::make_unique<Node>(kind, offset); }

  // Every node passes here once its children are known.
  static NodePtr Sealed(NodePtr node) {
    uint32_t below = 0;
    const auto count = [&below](const NodePtr& child) {
      if (child != nullptr) below = std::max(below, child->height);
    };
    count(node->lhs);
    count(node->rhs);
    count(node->third);
    for (const NodePtr& child : node->list) count(child);
    for (const NodePair& pair : node->pairs) {
      count(pair.first);
      count(pair.second);
    }
    for (const SortTerm& term : node->terms) count(term.key);
    node->height = below + 1;
    CheckHeight(node->height, node->offset);
    return node;
  }

  static void CheckHeight(uint32_t height, size_t offset) {
    if (height <= kMaxTreeHeight) return;
    throw Raised("U1004")
        .With("message",
              absl::StrCat("The expression is nested deeper than ", kMaxTreeHeight, " levels"))
        .At(offset);
  }

  NodePtr Expression(int right_power) {
    CheckHeight(++nesting_, token_.offset);
    Token token = std::move(token_);
    if (token.kind == Token::Kind::kEnd) {
      token_ = token;
    } else {
      Advance(true);
    }
    NodePtr left = Prefix(std::move(token));
    while (right_power < PowerOf(token_)) {
      Token op = std::move(token_);
      Advance(false);
      left = Sealed(Infix(op, std::move(left)));
    }
    --nesting_;
    return left;
  }

  NodePtr Prefix(Token token) {
    switch (token.kind) {
      case Token::Kind::kEnd:
        return Make(NodeKind::kEnd, token.offset);
      case Token::Kind::kName:
        return Leaf(NodeKind::kName, std::move(token));
      case Token::Kind::kVariable: {
        NodePtr node = Leaf(NodeKind::kVariable, std::move(token));
        node->symbol = symbols_->Intern(node->text);
        return node;
      }
      case Token::Kind::kString:
        return Leaf(NodeKind::kString, std::move(token));
      case Token::Kind::kNumber:
        return Leaf(NodeKind::kNumber, std::move(token));
      case Token::Kind::kConstant:
        return Leaf(NodeKind::kConstant, std::move(token));
      case Token::Kind::kRegex: {
        NodePtr node = Make(NodeKind::kRegex, token.offset);
        try {
          node->regex = Regex::Compile(token.text, token.flags);
        } catch (Raised& raised) {
          raised.AddOffset(token.offset);
          throw;
        }
        node->text = std::move(token.text);
        return node;
      }
      case Token::Kind::kOperator:
        return Sealed(PrefixOperator(std::move(token)));
    }
    return nullptr;
  }

  static NodePtr Leaf(NodeKind kind, Token token) {
    NodePtr node = Make(kind, token.offset);
    node->text = std::move(token.text);
    node->value = std::move(token.value);
    if (kind == NodeKind::kString) node->value = Value::String(node->text);
    return node;
  }

  NodePtr PrefixOperator(Token token) {
    const size_t offset = token.offset;
    if (token.text == "and" || token.text == "or" || token.text == "in") {
      return Leaf(NodeKind::kName, std::move(token));
    }
    if (token.text == "*") return Make(NodeKind::kWildcard, offset);
    if (token.text == "**") return Make(NodeKind::kDescendants, offset);
    if (token.text == "%") return Make(NodeKind::kParent, offset);
    if (token.text == "(") return Block(offset);
    if (token.text == "[") return Array(offset);
    if (token.text == "|") return Transform(offset);
    if (token.text == "{") {
      NodePtr node = Make(NodeKind::kObject, offset);
      node->pairs = Pairs();
      return node;
    }
    if (token.text == "-") {
      NodePtr node = Make(NodeKind::kNegate, offset);
      node->lhs = Expression(kPrefixPower);
      return node;
    }
    throw Raised("S0211").Token(token.text).At(offset);
  }

  NodePtr Block(size_t offset) {
    NodePtr node = Make(NodeKind::kBlock, offset);
    while (!token_.Is(")")) {
      node->list.push_back(Expression(0));
      if (!Accept(";")) break;
    }
    Expect(")", true);
    return node;
  }

  NodePtr Array(size_t offset) {
    NodePtr node = Make(NodeKind::kArray, offset);
    while (!token_.Is("]")) {
      NodePtr item = Expression(0);
      if (token_.Is("..")) {
        NodePtr range = Make(NodeKind::kBinary, token_.offset);
        range->op = BinaryOp::kRange;
        Advance(false);
        range->lhs = std::move(item);
        range->rhs = Expression(0);
        item = Sealed(std::move(range));
      }
      node->list.push_back(std::move(item));
      if (!token_.Is(",")) break;
      Advance(false);
      // "[1,]" is no array.
      if (token_.Is("]")) node->list.push_back(Expression(0));
    }
    Expect("]", true);
    return node;
  }

  NodePtr Transform(size_t offset) {
    NodePtr node = Make(NodeKind::kTransform, offset);
    node->lhs = Expression(0);
    Expect("|");
    node->rhs = Expression(0);
    if (Accept(",")) node->third = Expression(0);
    Expect("|", true);
    return node;
  }

  // What follows "{" in an object constructor or a group-by.
  std::vector<NodePair> Pairs() {
    std::vector<NodePair> pairs;
    if (!token_.Is("}")) {
      do {
        NodePtr key = Expression(0);
        Expect(":");
        pairs.emplace_back(std::move(key), Expression(0));
      } while (Accept(","));
    }
    Expect("}", true);
    return pairs;
  }

  NodePtr Infix(const Token& op, NodePtr left) {
    if (op.text == "(") return Call(op, std::move(left));
    if (op.text == "[") return Filter(op, std::move(left));
    if (op.text == "^") return Sort(op, std::move(left));
    if (op.text == "?") return Condition(op, std::move(left));
    if (op.text == ":=") return Bind(op, std::move(left));
    if (op.text == "@" || op.text == "#") return BindInPath(op, std::move(left));
    NodePtr node = Make(NodeKind::kBinary, op.offset);
    node->lhs = std::move(left);
    if (op.text == "{") {
      node->kind = NodeKind::kRawGroup;
      node->pairs = Pairs();
      return node;
    }
    node->rhs = Expression(PowerOf(op));
    if (op.text == ".") {
      node->kind = NodeKind::kRawDot;
    } else if (op.text == "~>") {
      node->kind = NodeKind::kApply;
    } else {
      node->op = *std::find_if(std::begin(kBinaryOps), std::end(kBinaryOps),
                               [&op](BinaryOp candidate) { return OpText(candidate) == op.text; });
    }
    return node;
  }

  NodePtr Call(const Token& op, NodePtr left) {
    NodePtr node = Make(NodeKind::kCall, op.offset);
    if (!token_.Is(")")) {
      do {
        if (token_.Is("?")) {
          node->kind = NodeKind::kPartial;
          node->list.push_back(Make(NodeKind::kPlaceholder, token_.offset));
          Advance(true);
        } else {
          node->list.push_back(Expression(0));
        }
      } while (Accept(","));
    }
    Expect(")", true);
    node->lhs = std::move(left);
    return IsFunctionKeyword(*node->lhs) ? Lambda(std::move(node)) : std::move(node);
  }

  NodePtr Lambda(NodePtr call) {
    NodePtr node = Make(NodeKind::kLambda, call->lhs->offset);
    for (size_t i = 0; i < call->list.size(); ++i) {
      const Node& param = *call->list[i];
      if (param.kind != NodeKind::kVariable) {
        throw Raised("S0208")
            .With("value", absl::StrCat(i + 1))
            .Token(param.kind == NodeKind::kPlaceholder ? "?" : param.text)
            .At(param.offset);
      }
      node->params.push_back(param.symbol);
    }
    if (token_.Is("<")) ReadSignature(node.get());
    Expect("{");
    node->lhs = Expression(0);
    Expect("}", true);
    return node;
  }

  void ReadSignature(Node* lambda) {
    const size_t start = token_.offset;
    std::string text = "<";
    int depth = 1;
    while (depth > 0 && !token_.Is("{") && token_.kind != Token::Kind::kEnd) {
      Advance(false);
      if (token_.Is(">")) --depth;
      if (token_.Is("<")) ++depth;
      text += token_.text;
    }
    Expect(">");
    try {
      lambda->signature = std::make_shared<const Signature>(Signature::Parse(text));
    } catch (const Raised& raised) {
      throw Raised(raised.code()).At(start + raised.ToError().offset);
    }
  }

  NodePtr Filter(const Token& op, NodePtr left) {
    if (token_.Is("]")) {
      // "[]": keep an array of one as it is. Belongs to the step before any predicates.
      Node* step = left.get();
      while (step->kind == NodeKind::kRawFilter) step = step->lhs.get();
      step->keep_array = true;
      Advance(true);
      return left;
    }
    NodePtr node = Make(NodeKind::kRawFilter, op.offset);
    node->lhs = std::move(left);
    node->rhs = Expression(0);
    Expect("]", true);
    return node;
  }

  NodePtr Sort(const Token& op, NodePtr left) {
    NodePtr node = Make(NodeKind::kRawSort, op.offset);
    node->lhs = std::move(left);
    Expect("(");
    do {
      SortTerm term;
      if (!Accept("<")) term.descending = Accept(">");
      term.key = Expression(0);
      node->terms.push_back(std::move(term));
    } while (Accept(","));
    Expect(")", true);
    return node;
  }

  NodePtr Condition(const Token& op, NodePtr left) {
    NodePtr node = Make(NodeKind::kCondition, op.offset);
    node->lhs = std::move(left);
    node->rhs = Expression(0);
    if (Accept(":")) node->third = Expression(0);
    return node;
  }

  NodePtr Bind(const Token& op, NodePtr left) {
    if (left->kind != NodeKind::kVariable) {
      throw Raised("S0212").Token(left->text).At(left->offset);
    }
    NodePtr node = Make(NodeKind::kBind, op.offset);
    node->symbol = left->symbol;
    node->rhs = Expression(PowerOf(op) - 1);
    return node;
  }

  NodePtr BindInPath(const Token& op, NodePtr left) {
    NodePtr node = Make(op.text == "@" ? NodeKind::kRawFocus : NodeKind::kRawIndex, op.offset);
    node->lhs = std::move(left);
    node->rhs = Expression(PowerOf(op));
    if (node->rhs->kind != NodeKind::kVariable) {
      throw Raised("S0214").Token(op.text).At(node->rhs->offset);
    }
    return node;
  }

  Lexer lexer_;
  Symbols* const symbols_;
  Token token_;
  uint32_t nesting_ = 0;
};

}  // namespace

NodePtr ParseRaw(absl::string_view text, Symbols* symbols) { return Parser(text, symbols).Parse(); }

}  // namespace pawl::expr::jsonata
