#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

// Takes a Resource apart. InvalidArgument, with the remedy, for text that names no handler.
// Sources: DESIGN "Tasks and workers"; AWS guide, "Integrating services".
absl::StatusOr<Resource> ParseResource(absl::string_view text);

}  // namespace pawl::asl
