// Step Functions Local's MockConfigFile. Internal to engine/machine_test.
#pragma once

#include <map>
#include <string>

#include "engine/asl/field_reader.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

using MockedStates = std::map<std::string, Mock>;
// By machine, then by test case.
using MockConfig = std::map<std::string, std::map<std::string, MockedStates>>;

bool LooksLikeMockConfig(const Value& document);
MockConfig ReadMockConfig(const Value& document, asl::DiagnosticSink* sink);

}  // namespace pawl::machine_test
