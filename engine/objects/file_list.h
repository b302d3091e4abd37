// The objects that a reader goes through, one after the other. Not API.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/objects/file_items.h"
#include "engine/objects/item_reader.h"
#include "engine/objects/object_store.h"

namespace pawl::objects {

// Thread-compatible. Errors as reader_error.h has them.
class FileList {
 public:
  virtual ~FileList() = default;
  // nullopt at the end.
  virtual absl::StatusOr<absl::optional<FileRef>> Next() = 0;
  // Names the file that Next gave last; a new list opened with it gives that one first.
  virtual std::string position() const = 0;
};

// A list and how to read its files, which a manifest may decide.
struct FileSet {
  std::unique_ptr<FileList> files;
  ReaderSpec spec;
};

// For every kind but kList. `position` "" is the beginning.
absl::StatusOr<FileSet> OpenFileSet(ObjectStore* store, const ReaderSpec& spec,
                                    absl::string_view position);

}  // namespace pawl::objects
