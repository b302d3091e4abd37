// What a Map Run asks its reader for, as the core writes it into the history.
#pragma once

#include "engine/objects/item_reader.h"
#include "engine/value/value.h"

namespace pawl::objects {

// The counterpart of ReaderRequest in engine/core/map_run.cc. Members that are missing have their
// defaults.
ReaderSpec SpecOfRequest(const Value& request);

}  // namespace pawl::objects
