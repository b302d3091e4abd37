// The table of built-in functions.
#pragma once

#include "absl/strings/string_view.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {

class Evaluator;

// One call of a built-in function. The signature has been applied: there are as many arguments as
// parameters, of the right kinds or undefined.
struct Call {
  Evaluator& evaluator;
  Workspace& workspace;
  const Item& context;
  Arguments& arguments;

  const Item& operator[](size_t i) const { return arguments[i]; }
  bool Has(size_t i) const { return i < arguments.size() && !arguments[i].is_undefined(); }
};

using BuiltinCode = Item (*)(const Call& call);

struct Builtin {
  const char* name;
  const char* signature;
  size_t arity;  // arguments that $map and its like pass on, as the reference counts them
  BuiltinCode code;
  // Nothing is ever found in the first argument's absence: undefined in, undefined out.
  bool undefined_in_undefined_out = true;
};

// nullptr where there is none. `name` without "$".
const Builtin* FindBuiltin(absl::string_view name);
const Signature& SignatureOf(const Builtin& builtin);
// The function as a value.
const Function* FunctionOf(const Builtin& builtin);

}  // namespace pawl::expr::jsonata
