// From the statuses within the item readers to failures of the language. Not API.
//
// InvalidArgument, FailedPrecondition and ResourceExhausted carry a cause for the user as their
// message; what else the store says is put into the words of S3's client.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/value/failure.h"

namespace pawl::objects {

inline constexpr char kItemReaderFailed[] = "States.ItemReaderFailed";

inline constexpr char kNonIterable[] = "Attempting to map over non-iterable node.";
inline constexpr char kDuplicateHeaders[] = "CSV headers cannot contain duplicates.";

Failure ReaderFailure(const absl::Status& status);

// For ResultFiles: the same words under States.ResultWriterFailed.
std::string StoreCause(const absl::Status& status);

}  // namespace pawl::objects
