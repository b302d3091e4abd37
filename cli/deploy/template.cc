#include "cli/deploy/template.h"

#include <memory>
#include <utility>

namespace pawl::deploy {

Template TemplateOf(Document document) {
  const auto shared = std::make_shared<const Document>(std::move(document));
  Template out;
  out.root = shared->root();
  out.path = shared->path();
  out.text = shared->text();
  out.locate = [shared](const std::string& pointer) { return shared->Locate(pointer); };
  return out;
}

std::string Within(const std::string& pointer, absl::string_view name) {
  return absl::StrCat(pointer, "/", asl::EscapePointer(name));
}

}  // namespace pawl::deploy
