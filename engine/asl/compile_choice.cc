#include "engine/asl/compile_choice.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/timestamp.h"

namespace pawl::asl {
namespace {

enum class Operand { kString, kNumber, kBoolean, kTimestamp };

struct Operator {
  absl::string_view name;
  Condition::Op op;
  Operand operand;
  bool has_path_form;
};

using Op = Condition::Op;
constexpr Operator kOperators[] = {
    {"StringEquals", Op::kStringEquals, Operand::kString, true},
    {"StringLessThan", Op::kStringLessThan, Operand::kString, true},
    {"StringGreaterThan", Op::kStringGreaterThan, Operand::kString, true},
    {"StringLessThanEquals", Op::kStringLessThanEquals, Operand::kString, true},
    {"StringGreaterThanEquals", Op::kStringGreaterThanEquals, Operand::kString, true},
    {"StringMatches", Op::kStringMatches, Operand::kString, false},
    {"NumericEquals", Op::kNumericEquals, Operand::kNumber, true},
    {"NumericLessThan", Op::kNumericLessThan, Operand::kNumber, true},
    {"NumericGreaterThan", Op::kNumericGreaterThan, Operand::kNumber, true},
    {"NumericLessThanEquals", Op::kNumericLessThanEquals, Operand::kNumber, true},
    {"NumericGreaterThanEquals", Op::kNumericGreaterThanEquals, Operand::kNumber, true},
    {"BooleanEquals", Op::kBooleanEquals, Operand::kBoolean, true},
    {"TimestampEquals", Op::kTimestampEquals, Operand::kTimestamp, true},
    {"TimestampLessThan", Op::kTimestampLessThan, Operand::kTimestamp, true},
    {"TimestampGreaterThan", Op::kTimestampGreaterThan, Operand::kTimestamp, true},
    {"TimestampLessThanEquals", Op::kTimestampLessThanEquals, Operand::kTimestamp, true},
    {"TimestampGreaterThanEquals", Op::kTimestampGreaterThanEquals, Operand::kTimestamp, true},
    {"IsNull", Op::kIsNull, Operand::kBoolean, false},
    {"IsPresent", Op::kIsPresent, Operand::kBoolean, false},
    {"IsNumeric", Op::kIsNumeric, Operand::kBoolean, false},
    {"IsString", Op::kIsString, Operand::kBoolean, false},
    {"IsBoolean", Op::kIsBoolean, Operand::kBoolean, false},
    {"IsTimestamp", Op::kIsTimestamp, Operand::kBoolean, false},
};

void CheckLiteral(FieldReader* reader, const Operator& op, const Value& literal) {
  switch (op.operand) {
    case Operand::kString:
      if (!literal.is_string()) reader->WrongType(op.name, "string");
      return;
    case Operand::kNumber:
      if (!literal.is_number()) reader->WrongType(op.name, "number");
      return;
    case Operand::kBoolean:
      if (!literal.is_bool()) reader->WrongType(op.name, "boolean");
      return;
    case Operand::kTimestamp:
      if (!literal.is_string() || !expr::ParseTimestamp(literal.AsString()).has_value()) {
        reader->Error(op.name, "String does not match RFC3339 timestamp",
                      "write it like 2030-01-31T23:59:59Z, with T and with Z or an offset");
      }
      return;
  }
}

absl::optional<expr::JsonPath> TakeJsonPath(FieldReader* reader, absl::string_view field) {
  const absl::optional<std::string> text = reader->TakeString(field);
  if (!text.has_value()) return absl::nullopt;
  absl::StatusOr<expr::JsonPath> path = expr::JsonPath::Parse(*text);
  if (path.ok()) return *std::move(path);
  reader->Error(
      field, absl::StrCat("Value is not a valid JSONPath: ", std::string(path.status().message())));
  return absl::nullopt;
}

Condition CompileNested(DiagnosticSink* sink, const Value& json, std::string pointer) {
  FieldReader reader(sink, json, std::move(pointer));
  for (absl::string_view field : {"Next", "Assign", "Output"}) {
    if (reader.Has(field)) {
      reader.Take(field);
      reader.Error(field,
                   absl::StrCat("Field '", std::string(field),
                                "' is allowed in a top-level Choice Rule only"),
                   "move it out of And, Or and Not");
    }
  }
  Condition condition = CompileCondition(&reader);
  reader.RejectUnknown();
  return condition;
}

// And, Or: true where `reader` has the member.
bool CompileList(FieldReader* reader, absl::string_view field, Op op, Condition* condition) {
  if (!reader->Has(field)) return false;
  condition->op = op;
  const Value* list = reader->TakeArray(field);
  if (list == nullptr) return true;
  if (list->AsArray().empty())
    reader->Error(field, "Array must have at least one Choice Rule", "add an operand");
  int index = 0;
  for (const Value& element : list->AsArray()) {
    condition->operands.push_back(CompileNested(
        reader->sink(), element, absl::StrCat(reader->PointerTo(field), "/", index++)));
  }
  return true;
}

}  // namespace

Condition CompileCondition(FieldReader* reader) {
  Condition condition;
  int found = 0;
  found += CompileList(reader, "And", Op::kAnd, &condition) ? 1 : 0;
  found += CompileList(reader, "Or", Op::kOr, &condition) ? 1 : 0;
  if (const Value* inner = reader->Take("Not"); inner != nullptr) {
    condition.op = Op::kNot;
    condition.operands.push_back(CompileNested(reader->sink(), *inner, reader->PointerTo("Not")));
    ++found;
  }
  const bool is_boolean_expression = found > 0;
  for (const Operator& op : kOperators) {
    if (const Value* literal = reader->Take(op.name); literal != nullptr) {
      ++found;
      condition.op = op.op;
      condition.literal = *literal;
      CheckLiteral(reader, op, *literal);
    }
    const std::string path_form = absl::StrCat(std::string(op.name), "Path");
    if (op.has_path_form && reader->Has(path_form)) {
      ++found;
      condition.op = op.op;
      condition.value_path = TakeJsonPath(reader, path_form);
    }
  }
  condition.variable = TakeJsonPath(reader, "Variable");
  if (found == 0) {
    reader->sink()->Schema(reader->pointer(),
                           "A Choice Rule must have one comparison operator, or And, Or or Not",
                           "add what Variable is compared with, like \"StringEquals\": \"done\"");
  } else if (found > 1) {
    reader->sink()->Schema(reader->pointer(),
                           "A Choice Rule must have only one comparison operator",
                           "combine several with And or Or");
  } else if (!is_boolean_expression && !reader->Has("Variable")) {
    reader->Require({"Variable"});
  } else if (is_boolean_expression && reader->Has("Variable")) {
    reader->Error("Variable", "Field 'Variable' is not supported beside And, Or or Not",
                  "it belongs into their operands");
  }
  return condition;
}

}  // namespace pawl::asl
