// Internal to engine/asl: where the compiler and the lint put what they find.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/asl/diagnostic.h"

namespace pawl::asl {

// Collects diagnostics, a bounded number of them; lines and columns are filled in at the end.
class DiagnosticSink {
 public:
  explicit DiagnosticSink(std::vector<Diagnostic>* out) : out_(out) {}
  void Add(Severity severity, absl::string_view code, const std::string& pointer,
           std::string message, std::string remedy = "");
  void Error(absl::string_view code, const std::string& pointer, std::string message,
             std::string remedy = "") {
    Add(Severity::kError, code, pointer, std::move(message), std::move(remedy));
  }
  void Schema(const std::string& pointer, std::string message, std::string remedy = "") {
    Error("SCHEMA_VALIDATION_FAILED", pointer, std::move(message), std::move(remedy));
  }
  void Warn(absl::string_view code, const std::string& pointer, std::string message,
            std::string remedy) {
    Add(Severity::kWarning, code, pointer, std::move(message), std::move(remedy));
  }
  // An error at `pointer`, for which AWS names the object at `aws_pointer`.
  void ErrorWithin(absl::string_view code, const std::string& aws_pointer,
                   const std::string& pointer, std::string message, std::string remedy) {
    const size_t count = out_->size();
    Error(code, pointer, std::move(message), std::move(remedy));
    if (out_->size() > count) out_->back().location = aws_pointer.empty() ? "/" : aws_pointer;
  }
  // An error of the whole definition.
  void AddWithoutPlace(absl::string_view code, std::string message, std::string remedy) {
    const size_t count = out_->size();
    Error(code, "", std::move(message), std::move(remedy));
    if (out_->size() > count) out_->back().pointer.clear();
  }
  // Looking for what was meant costs time for every mistake: not done for a hostile number of them.
  bool has_time_for_suggestions() const { return out_->size() < 100; }

 private:
  std::vector<Diagnostic>* out_;
};

}  // namespace pawl::asl
