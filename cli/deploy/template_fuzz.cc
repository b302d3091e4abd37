// A fuzz target (tools/fuzz template): any text as a template, a serverless.yml or a definition of
// YAML; what can be read is checked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "cli/deploy/check.h"
#include "cli/deploy/read.h"

namespace {

class OneFile final : public pawl::deploy::Files {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  pawl::deploy::FileKind KindOf(const std::string& path) const override {
    return path == "a.yaml" ? pawl::deploy::FileKind::kFile : pawl::deploy::FileKind::kMissing;
  }
  absl::StatusOr<std::string> Read(const std::string& path) const override {
    if (path == "a.yaml") return text_;
    return absl::InvalidArgumentError("there is no such file");
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string&) const override {
    return std::vector<std::string>();
  }
  absl::optional<std::string> Variable(const std::string&) const override { return absl::nullopt; }

 private:
  const std::string text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using pawl::deploy::Bundle;
  Bundle bundle;
  std::vector<std::string> problems;
  const OneFile files(std::string(reinterpret_cast<const char*>(data), size));
  const bool is_read = pawl::deploy::Read("a.yaml", {}, files, &bundle, &problems);
  if (is_read != problems.empty()) std::abort();
  std::vector<pawl::deploy::Finding> findings;
  if (is_read) pawl::deploy::Check(bundle, &problems, &findings);
  return 0;
}
