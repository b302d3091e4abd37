// The API model: the operations of AWS Step Functions and what their requests and answers may hold,
// read from sfn_model.json (see sfn_model.md for where that comes from).
//
//   absl::StatusOr<Model> model = Model::Parse(BuiltInModelText());
//   const Operation* operation = model->FindOperation("StartExecution");
//   absl::Status status = CheckTypes(*operation->input, body);   // constraints.h
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::api::aws_json {

struct Shape;

struct ShapeMember {
  std::string name;
  const Shape* shape = nullptr;
  bool is_required = false;
};

struct Shape {
  enum class Type {
    kStructure,
    kList,
    kMap,
    kString,
    kInteger,
    kLong,
    kFloat,
    kBoolean,
    kTimestamp
  };

  std::string name;
  Type type = Type::kStructure;
  std::vector<ShapeMember> members;  // of a structure
  const Shape* element = nullptr;    // of a list; of a map its values
  // Of a number its value, of a string its characters, of a list its elements.
  absl::optional<int64_t> min;
  absl::optional<int64_t> max;
  std::string pattern;               // as java.util.regex writes it; "" for none
  std::vector<std::string> allowed;  // of an enumeration
  bool is_sensitive = false;         // its values are not repeated in messages
};

struct Operation {
  std::string name;
  const Shape* input = nullptr;
  const Shape* output = nullptr;
};

// Immutable; thread-safe.
class Model {
 public:
  // InvalidArgument where the text is not a model, or has what constraints.h cannot check.
  static absl::StatusOr<Model> Parse(absl::string_view json);

  // nullptr where there is none.
  const Operation* FindOperation(absl::string_view name) const;
  // What X-Amz-Target begins with: "AWSStepFunctions".
  const std::string& target_prefix() const { return target_prefix_; }
  const std::map<std::string, Operation>& operations() const { return operations_; }

 private:
  Model() = default;

  std::string target_prefix_;
  std::map<std::string, Operation> operations_;
  std::map<std::string, std::unique_ptr<Shape>> shapes_;
};

// The model that is compiled into the engine.
absl::string_view BuiltInModelText();

}  // namespace pawl::api::aws_json
