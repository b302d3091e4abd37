// Function signatures ("<s-nn?:s>"): which arguments fit, and what becomes of them.
#pragma once

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "engine/expr/jsonata/item.h"

namespace pawl::expr::jsonata {

using Arguments = absl::InlinedVector<Item, 3>;

// Immutable, thread-safe.
class Workspace;

class Signature {
 public:
  // `text` with its angle brackets. Raises S0401 and S0402, with the offset into `text`.
  static Signature Parse(absl::string_view text);

  // Raises T0410, T0411 or T0412 where `arguments` do not fit. Otherwise puts `context` in the
  // place of a missing argument that wants it, makes arrays of what must be one, and leaves at
  // least as many arguments as there are parameters.
  void Apply(const Item& context, Arguments* arguments, Workspace* workspace) const;

  size_t size() const { return params_.size(); }

 private:
  struct Param {
    char type = 'x';      // the letter, or '(' for a choice
    std::string accepts;  // kinds by letter, "m" for undefined among them
    std::string subtype;  // of the elements of an array
    bool optional = false;
    bool repeats = false;
    bool from_context = false;
  };

  bool Match(const std::string& kinds, size_t param, size_t argument, std::vector<size_t>* counts,
             std::vector<bool>* failed, Workspace* workspace) const;
  [[noreturn]] void Refuse(const std::string& kinds) const;
  static void CheckElements(const Param& param, const Item& argument, char kind, size_t matched,
                            size_t index, Workspace* workspace);

  std::vector<Param> params_;
};

}  // namespace pawl::expr::jsonata
