// Where an ItemReader stands, as text. Not API: for callers a cursor is opaque.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/objects/file_items.h"

namespace pawl::objects {

struct Cursor {
  int64_t delivered = 0;  // items so far
  std::string file;       // FileList::position, or the last key of a list
  FilePosition in_file;
  std::string etag;  // of the file, where in_file is not its start
};

std::string EncodeCursor(const Cursor& cursor);
// InvalidArgument for what EncodeCursor has not made. "" is the beginning.
absl::StatusOr<Cursor> DecodeCursor(absl::string_view text);

}  // namespace pawl::objects
