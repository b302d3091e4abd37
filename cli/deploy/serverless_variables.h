// The variables of serverless.yml, as far as values lead to them: ${self:custom.x}, ${opt:stage},
// ${env:X}, ${sls:stage}, ${file(a.yml):key}, ${param:x}, ${aws:region}, with fallbacks after commas,
// one within the other, and within texts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "cli/deploy/files.h"
#include "cli/deploy/parameters.h"
#include "cli/deploy/template.h"
#include "cli/yaml/document.h"
#include "engine/value/value.h"

namespace pawl::deploy {

// The first variable that `text` still holds, "${ssm:/path}"; "" where there is none.
std::string FindServerlessVariable(absl::string_view text);

// Thread-compatible. What the constructor takes must outlive it.
class ServerlessVariables {
 public:
  // `root` is the file's value; `folder` what ${file(...)} is relative to.
  ServerlessVariables(const Value* root, std::string folder, const Files* files,
                      Parameters* parameters, const Settings& settings)
      : root_(*root),
        folder_(std::move(folder)),
        files_(*files),
        parameters_(parameters),
        settings_(settings) {}

  // `value` with its variables resolved. Texts like ${AWS::Region}, which are CloudFormation's, stay.
  // InvalidArgument names the variable and says how to give it; ResourceExhausted.
  absl::StatusOr<Value> Resolve(const Value& value);

  // Whether variables without a value stay as they are, instead of being refused: for what a definition
  // may not lead to.
  void set_keeps_unknown(bool keeps) { keeps_unknown_ = keeps; }

  // Where Resolve failed: a JSON pointer into the value that it was given.
  const std::string& failed_at() const { return failed_at_; }

  // --parameter stage=..., else provider.stage, else "dev".
  absl::StatusOr<std::string> Stage();

 private:
  absl::StatusOr<Value> ResolveText(const std::string& text);
  // What is between ${ and }, in which nothing is left to resolve.
  absl::StatusOr<Value> ResolveVariable(const std::string& variable);
  // nullopt where the source has no value: the next fallback is tried.
  absl::StatusOr<absl::optional<Value>> ResolveSource(const std::string& source);
  absl::StatusOr<absl::optional<Value>> Self(const std::string& address);
  absl::StatusOr<absl::optional<Value>> File(const std::string& source);
  absl::optional<Value> Given(const std::string& source, const std::string& name);

  const Value& root_;
  const std::string folder_;
  const Files& files_;
  Parameters* const parameters_;
  const Settings& settings_;
  std::map<std::string, Value> documents_;  // read by ${file()}
  std::vector<std::string> visiting_;
  std::string failed_at_;
  bool keeps_unknown_ = false;
  size_t steps_ = 0;
  size_t depth_ = 0;
};

}  // namespace pawl::deploy
