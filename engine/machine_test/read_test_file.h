// Test files to TestFile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/asl/diagnostic.h"
#include "engine/asl/locate.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

// How files are read; a name is relative to the folder of the file that names it, which is done
// here.
using ReadFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

// A definition as JSON. Where the file is not that JSON, `place` says where the value stands in the
// file that a JSON pointer names; null otherwise.
struct DefinitionText {
  std::string json;
  std::function<asl::TextPosition(const std::string& pointer)> place;
};
using ReadDefinition = std::function<absl::StatusOr<DefinitionText>(const std::string& path)>;

// What is wrong with which file. A diagnostic without a line is about the file as a whole.
struct FileProblem {
  std::string path;
  std::string text;
  std::vector<asl::Diagnostic> diagnostics;
};

struct ReadOptions {
  ReadFile read;
  ReadDefinition read_definition;            // null: definitions are JSON, and `read` reads them
  std::string definition;                    // --definition; "" = as the file says
  absl::optional<Value> input;               // of MockConfigFile cases
  absl::optional<std::string> only_machine;  // of a MockConfigFile
};

// One file of either form; a MockConfigFile may hold several machines, each of which is a TestFile.
// False, with `problem`, where anything in it is wrong.
bool ReadTestFile(const std::string& path, const ReadOptions& options, std::vector<TestFile>* out,
                  FileProblem* problem);

}  // namespace pawl::machine_test
