// Reads the members of one JSON object of a definition, turning every mistake into a diagnostic
// with its pointer. Members that nobody asked for are reported by RejectUnknown().
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/asl/diagnostic.h"
#include "engine/asl/state_machine.h"
#include "engine/value/value.h"

namespace pawl::asl {

// Collects diagnostics; places are filled in at the end (Compile).
class DiagnosticSink {
 public:
  explicit DiagnosticSink(std::vector<Diagnostic>* out) : out_(out) {}
  void Schema(const std::string& pointer, std::string message);
  void Add(Severity severity, absl::string_view code, const std::string& pointer,
           std::string message);
  // For what the language has and this build has not.
  void Unsupported(const std::string& pointer, absl::string_view feature);

 private:
  std::vector<Diagnostic>* out_;
};

class FieldReader {
 public:
  // `value` may be anything: where it is no object that is reported and nothing will be found.
  FieldReader(DiagnosticSink* sink, const Value& value, std::string pointer);

  const std::string& pointer() const { return pointer_; }
  std::string PointerTo(absl::string_view field) const;

  // nullptr where the member is missing.
  const Value* Take(absl::string_view field);
  bool Has(absl::string_view field) const { return value_.Find(field) != nullptr; }

  // Missing: nullopt / nullptr. Wrong type: the same, and a diagnostic.
  absl::optional<std::string> TakeString(absl::string_view field);
  absl::optional<bool> TakeBool(absl::string_view field);
  absl::optional<int64_t> TakeInteger(absl::string_view field, int64_t min, int64_t max);
  absl::optional<double> TakeNumber(absl::string_view field, double min, double max);
  const Value* TakeObject(absl::string_view field);
  const Value* TakeArray(absl::string_view field);

  // InputPath and its like: a path or null. `allow_null` false refuses null.
  PathField TakePath(absl::string_view field, bool allow_null = true);
  ResultPath TakeResultPath(absl::string_view field);
  // A path or, with `allow_intrinsic`, an intrinsic function call; nullptr where missing or wrong.
  expr::ExpressionPtr TakePathExpression(absl::string_view field, bool allow_intrinsic);
  // Parameters and its like.
  expr::ExpressionPtr TakeTemplate(absl::string_view field);
  // `field` and `field`Path: at most one of them.
  NumberField TakeNumberField(absl::string_view field, int64_t min, int64_t max);
  StringField TakeStringField(absl::string_view field);

  // "These fields are required: [A, B]" for those of `fields` that are missing.
  void Require(const std::vector<absl::string_view>& fields);
  void RejectUnknown();
  void Error(absl::string_view field, std::string message);

  DiagnosticSink* sink() const { return sink_; }

 private:
  DiagnosticSink* sink_;
  Value value_;
  std::string pointer_;
  absl::flat_hash_set<std::string> taken_;
};

}  // namespace pawl::asl
