#include "cli/deploy/check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/lint.h"
#include "engine/aws/arn.h"

namespace pawl::deploy {
namespace {

template <typename Named>
void CheckNames(const char* what, const std::vector<Named>& all,
                std::vector<std::string>* problems) {
  std::map<std::string, const Named*> known;
  for (const Named& named : all) {
    const absl::Status status = aws::CheckName("name", named.name);
    if (!status.ok()) {
      problems->push_back(absl::StrCat(named.where, ": ", what, " '", named.name,
                                       "': ", std::string(status.message())));
    }
    const auto [other, is_new] = known.emplace(named.name, &named);
    if (!is_new) {
      problems->push_back(absl::StrCat(named.where, ": ", what, " '", named.name,
                                       "' has the name of the one at ", other->second->where));
    }
  }
}

void CheckAliases(const Machine& machine, std::vector<std::string>* problems) {
  std::map<std::string, int> count;
  for (const Alias& alias : machine.aliases) {
    const absl::Status status = aws::CheckAliasName(alias.name);
    if (!status.ok()) {
      problems->push_back(absl::StrCat(machine.where, ": alias '", alias.name,
                                       "': ", std::string(status.message())));
    }
    if (++count[alias.name] == 2) {
      problems->push_back(absl::StrCat(machine.where, ": '", machine.name,
                                       "' has two aliases named '", alias.name, "'"));
    }
  }
}

}  // namespace

bool Check(const Bundle& bundle, std::vector<std::string>* problems,
           std::vector<Finding>* findings) {
  CheckNames("state machine", bundle.machines, problems);
  CheckNames("activity", bundle.activities, problems);
  bool is_valid = problems->empty();
  for (const Machine& machine : bundle.machines) {
    CheckAliases(machine, problems);
    asl::CompileOptions options;
    options.type = machine.type;
    Finding finding{&machine, asl::Validate(machine.definition, options)};
    is_valid = is_valid && !asl::HasErrors(finding.diagnostics);
    auto& diagnostics = finding.diagnostics;
    diagnostics.erase(std::remove_if(diagnostics.begin(), diagnostics.end(),
                                     [](const asl::Diagnostic& diagnostic) {
                                       return diagnostic.severity == asl::Severity::kInfo;
                                     }),
                      diagnostics.end());
    if (diagnostics.empty()) continue;
    if (machine.source.locate != nullptr) {
      for (asl::Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.line == 0) continue;
        const asl::TextPosition position = machine.source.locate(diagnostic.pointer);
        diagnostic.line = position.line;
        diagnostic.column = position.column;
      }
    }
    findings->push_back(std::move(finding));
  }
  return is_valid && problems->empty();
}

}  // namespace pawl::deploy
