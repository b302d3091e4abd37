// Bytes of an object one at a time, for parsers; and decompression. Not API.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/objects/object_store.h"

namespace pawl::objects {

// A reader of what is in the gzip stream that `compressed` reads. InvalidArgument where it is none.
std::unique_ptr<ObjectReader> Gunzip(std::unique_ptr<ObjectReader> compressed);

// Opens `key`, decompressed where its name ends in ".gz"; `offset_bytes` is of the decompressed
// contents. InvalidArgument for compressions that are not there (".zst", ".zstd").
absl::StatusOr<std::unique_ptr<ObjectReader>> OpenDecompressed(ObjectStore* store,
                                                               absl::string_view bucket,
                                                               absl::string_view key,
                                                               int64_t offset_bytes);

// All of it. ResourceExhausted beyond `max_bytes`.
absl::StatusOr<std::string> ReadAll(ObjectReader* reader, size_t max_bytes);

// Thread-compatible.
class Input {
 public:
  static constexpr int kEnd = -1;

  // `offset_bytes` is where `reader` stands.
  Input(std::unique_ptr<ObjectReader> reader, int64_t offset_bytes)
      : reader_(std::move(reader)), buffer_offset_(offset_bytes) {}

  // The byte that comes next as 0 to 255; kEnd at the end and after an error.
  int Peek() {
    return position_ < buffer_.size() || Fill() ? static_cast<unsigned char>(buffer_[position_])
                                                : kEnd;
  }
  // Only after a Peek that was not kEnd.
  void Skip() { ++position_; }
  // Skips the UTF-8 byte order mark if one comes next.
  void SkipByteOrderMark();

  // Position of the byte that Peek gives.
  int64_t offset_bytes() const { return buffer_offset_ + static_cast<int64_t>(position_); }
  // The store's status; kEnd with an OK status is the end of the object.
  const absl::Status& status() const { return status_; }
  const std::string& etag() const { return reader_->etag(); }

 private:
  bool Fill();

  std::unique_ptr<ObjectReader> reader_;
  std::string buffer_;
  size_t position_ = 0;
  int64_t buffer_offset_;
  bool is_at_end_ = false;
  absl::Status status_;
};

}  // namespace pawl::objects
