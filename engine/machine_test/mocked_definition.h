// A definition in which what the engine would do itself is left to the mocks.
#pragma once

#include <string>

#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

// Changes the Resource of tasks whose mock is the whole result (no lambda:invoke envelope, no
// child execution) to one that the engine hands out like any other task. Names of states and
// everything else stay. `machine`: whose definition it is.
std::string WithMockedTasks(const std::string& definition, const std::string& machine,
                            const Mocks& mocks);

}  // namespace pawl::machine_test
