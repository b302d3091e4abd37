// The mocks of our own test files. Internal to engine/machine_test.
#pragma once

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/asl/field_reader.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

// "states" and "queues" of `reader`, added to `mocks`; what is there under the same name goes.
void TakeMocks(asl::FieldReader* reader, Mocks* mocks);

// "90s", "1h30m".
absl::optional<absl::Duration> TakeDuration(asl::FieldReader* reader, absl::string_view field);

}  // namespace pawl::machine_test
