// "expect" of our own test files. Internal to engine/machine_test.
#pragma once

#include "engine/asl/field_reader.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

Expectation ReadExpectation(asl::FieldReader reader);

}  // namespace pawl::machine_test
