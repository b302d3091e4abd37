#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "persistence/types.h"

namespace pawl::runtime {

// The slot of an execution. Part of the storage format: never changes.
// FNV-1a (64 bit) over ns, 0, machine, 0, name, then a final mix, modulo 4096.
persistence::Slot SlotOf(absl::string_view ns, absl::string_view machine, absl::string_view name);

}  // namespace pawl::runtime
