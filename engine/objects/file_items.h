// The items in one object, in each format. Not API.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/objects/input.h"
#include "engine/objects/item_reader.h"
#include "engine/value/value.h"

namespace pawl::objects {

// Where a reader stands in an object.
struct FilePosition {
  // kStart: nothing read yet (`offset_bytes` is 0). kInObject: between the members of the JSON
  // object that holds the items; kInArray: between elements, rows or lines. kDone: no item follows.
  enum class Place { kStart, kInArray, kInObject, kDone };
  Place place = Place::kStart;
  int64_t offset_bytes = 0;  // decompressed
};

// Thread-compatible. Errors as reader_error.h has them.
class FileItems {
 public:
  virtual ~FileItems() = default;
  // nullopt at the end.
  virtual absl::StatusOr<absl::optional<Value>> Read() = 0;
  // After the last item read: a FileItems opened there goes on with the next one.
  virtual FilePosition position() const = 0;
  virtual const std::string& etag() const = 0;
  // Whether the items are members of an object, as {"Key", "Value"}.
  virtual bool is_keyed() const { return false; }
};

struct FileRef {
  std::string bucket;
  std::string key;
};

absl::StatusOr<std::unique_ptr<FileItems>> OpenJson(ObjectStore* store, const FileRef& file,
                                                    const ReaderSpec& spec,
                                                    const FilePosition& from);
absl::StatusOr<std::unique_ptr<FileItems>> OpenJsonl(ObjectStore* store, const FileRef& file,
                                                     const ReaderSpec& spec,
                                                     const FilePosition& from);
absl::StatusOr<std::unique_ptr<FileItems>> OpenCsv(ObjectStore* store, const FileRef& file,
                                                   const ReaderSpec& spec,
                                                   const FilePosition& from);

// InvalidArgument with AWS's cause where a name occurs twice.
absl::Status CheckCsvHeaders(const std::vector<std::string>& headers);

}  // namespace pawl::objects
