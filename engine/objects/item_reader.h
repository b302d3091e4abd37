// The items of a Distributed Map, read from an object store in bounded memory.
//
//   auto reader = OpenItemReader(store, spec, cursor);  // "" = from the beginning
//   if (!reader.ok()) return Fail(reader.failure());
//   do {
//     OrFailure<ItemChunk> chunk = (*reader)->Next(1000, 1 << 20);
//     if (!chunk.ok()) return Fail(chunk.failure());
//     Deliver(chunk->items, chunk->cursor);  // record both in one commit
//   } while (!chunk->is_end);
//
// After a crash, a reader opened with the last recorded cursor goes on with the item after the last
// one delivered. Resuming reads an object from that byte on; a compressed object (".gz") is
// decompressed again from its beginning.
//
// Source: AWS Step Functions Developer Guide, "ItemReader (Map)", and the behaviour recorded in
// the conformance cases base_scenarios.map_item_reader_*.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/objects/object_store.h"
#include "engine/value/failure.h"
#include "engine/value/value.h"

namespace pawl::objects {

struct ReaderSpec {
  // Where the items are.
  enum class Kind {
    kObject,             // s3:getObject: in the object `key`, in `format`
    kList,               // s3:listObjectsV2: the objects under `prefix` are the items
    kFlattenedList,      // ... with Transformation LOAD_AND_FLATTEN: in each of those, in `format`
    kInventoryManifest,  // InputType MANIFEST: `key` is the manifest.json of an S3 inventory (CSV)
    kAthenaManifest,     // ManifestType ATHENA_DATA: `key` lists s3:// URIs of files in `format`
  };
  enum class Format { kJson, kJsonl, kCsv };
  enum class HeaderLocation { kFirstRow, kGiven };

  Kind kind = Kind::kObject;
  Format format = Format::kJson;
  std::string bucket;
  std::string key;     // all kinds but the lists
  std::string prefix;  // the lists; may be empty

  HeaderLocation csv_header_location = HeaderLocation::kFirstRow;
  std::vector<std::string> csv_headers;  // where kGiven
  char csv_delimiter = ',';              // CsvDelimiter() reads AWS's names

  std::string items_pointer;  // JSON only: RFC 6901; empty = the document itself
  // Absent or 0: no limit. Negative: the failure "field MaxItems must be positive".
  absl::optional<int64_t> max_items;

  // Longest text of one item, or of a CSV row. AWS: 8 MB.
  size_t max_item_bytes = size_t{8} * 1024 * 1024;
  // Largest manifest; it is held in memory.
  size_t max_manifest_bytes = size_t{64} * 1024 * 1024;
};

// COMMA, PIPE, SEMICOLON, SPACE or TAB.
absl::optional<char> CsvDelimiter(absl::string_view name);

struct ItemChunk {
  std::vector<Value> items;
  bool is_end = false;  // nothing follows; otherwise there is at least one item
  // True where the items are the members of a JSON object, as {"Key": ..., "Value": ...}: then
  // $states.context.Map.Item has a Key and its Value is the member's.
  bool is_keyed = false;
  std::string
      source;  // $states.context.Map.Item.Source: "S3://BUCKET/KEY", of a list "S3://BUCKET"
  std::string cursor;  // at most a few hundred bytes and one key
};

// Thread-compatible. Next blocks as the store does.
class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // Up to `max_items` (> 0) items; no further one once their texts have `max_bytes`. All items of a
  // chunk are from one object. Failures are States.ItemReaderFailed; after one, the reader is of no
  // use any more.
  virtual OrFailure<ItemChunk> Next(size_t max_items, size_t max_bytes) = 0;
  // What is behind the last failure. Unavailable: the store is away, and a new reader with the last
  // cursor may get further.
  virtual const absl::Status& status() const = 0;
};

// Touches the store only in Next. Fails for a negative max_items, for duplicate csv_headers and for
// a cursor that is none. `store` must outlive the reader.
OrFailure<std::unique_ptr<ItemReader>> OpenItemReader(ObjectStore* store, const ReaderSpec& spec,
                                                      absl::string_view cursor);

}  // namespace pawl::objects
