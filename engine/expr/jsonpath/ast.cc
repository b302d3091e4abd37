#include "engine/expr/jsonpath/ast.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl::expr::jsonpath {

std::string Fragment(const Step& step) {
  switch (step.kind) {
    case Step::Kind::kName:
    case Step::Kind::kNames:
      return absl::StrCat("['", absl::StrJoin(step.names, "','"), "']");
    case Step::Kind::kIndex:
    case Step::Kind::kIndices:
      return absl::StrCat("[", absl::StrJoin(step.indices, ","), "]");
    case Step::Kind::kSlice:
      return absl::StrCat("[", step.from ? absl::StrCat(*step.from) : "", ":",
                          step.to ? absl::StrCat(*step.to) : "", "]");
    case Step::Kind::kWildcard:
      return "[*]";
    case Step::Kind::kDescend:
      return "..";
    case Step::Kind::kFilter:
      return "[?]";
    case Step::Kind::kFunction:
      return ".function()";
  }
  return "";
}

size_t EndOfRun(const Path& path, size_t i) {
  while (i < path.steps.size() && path.steps[i].kind != Step::Kind::kFunction) ++i;
  return i;
}

bool YieldsArray(const Path& path, size_t i, size_t end) {
  for (; i < end; ++i) {
    // Several names make one object where nothing follows them.
    const bool is_several_names = path.steps[i].kind == Step::Kind::kNames;
    if (is_several_names ? i + 1 < end : !path.steps[i].is_definite()) return true;
  }
  return false;
}

}  // namespace pawl::expr::jsonpath
