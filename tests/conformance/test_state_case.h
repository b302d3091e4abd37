// Cases of TestState: one state, a request, and the response or the error that was recorded.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/case_file.h"

namespace pawl::conformance {

bool IsTestStateCase(const Case& test);

// Every difference to what was recorded; empty where there is none.
std::vector<std::string> RunTestStateCase(const Case& test);

}  // namespace pawl::conformance
