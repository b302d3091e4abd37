// What AWS was recorded to write to CloudWatch Logs, against the lines of the engine's log.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/api_script.h"
#include "tests/conformance/case_file.h"

namespace pawl::conformance {

// Whether the case says what is logged. A case of partial log levels without recorded events says
// that there are none.
bool SaysWhatIsLogged(const Case& test);

// Every difference between what is recorded and the lines in `folder`, where an engine that has ended
// wrote its logs (--execution-logs folder:FOLDER).
std::vector<std::string> CompareLogs(const Case& test, const ScriptNames& names,
                                     const std::string& folder);

}  // namespace pawl::conformance
