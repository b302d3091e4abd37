// Who owns a range: not a node's name, which is for people and may be given twice, but one run of
// one process.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl::runtime {

// "NAME#BOOT-PIDSPACE-PID-START-RANDOM": unique for this run of this process. The parts behind the
// name tell whoever runs on the same machine later whether that process still lives.
std::string MakeIncarnation(const std::string& node_name, uint64_t random);

// The part for people.
std::string NodeNameOf(absl::string_view incarnation);

// Whether the process behind `incarnation` has certainly ended: it ran on this machine, since this
// boot and in this space of process ids, and is not there any more. False where that cannot be
// told. Reads /proc; thread-safe.
bool HasEnded(const std::string& incarnation);

}  // namespace pawl::runtime
