#include "engine/objects/input.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::objects {
namespace {

constexpr size_t kReadBytes = size_t{128} * 1024;

class GunzipReader final : public ObjectReader {
 public:
  explicit GunzipReader(std::unique_ptr<ObjectReader> compressed)
      : compressed_(std::move(compressed)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      status_ = absl::ResourceExhaustedError("no memory to decompress");
    }
  }
  GunzipReader(const GunzipReader&) = delete;
  GunzipReader& operator=(const GunzipReader&) = delete;
  ~GunzipReader() override { inflateEnd(&stream_); }

  absl::StatusOr<std::string> Read(size_t max_bytes) override {
    std::string out(std::min(max_bytes, kReadBytes), '\0');
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    while (status_.ok() && !is_at_end_ && stream_.avail_out == out.size()) Step();
    if (!status_.ok()) return status_;
    out.resize(out.size() - stream_.avail_out);
    return out;
  }
  const std::string& etag() const override { return compressed_->etag(); }

 private:
  void Step() {
    if (stream_.avail_in == 0) {
      absl::StatusOr<std::string> more = compressed_->Read(kReadBytes);
      if (!more.ok()) {
        status_ = more.status();
        return;
      }
      if (more->empty()) {
        is_at_end_ = true;
        if (is_in_member_) status_ = absl::InvalidArgumentError("The gzip data ends too early.");
        return;
      }
      in_ = *std::move(more);
      stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
      stream_.avail_in = static_cast<uInt>(in_.size());
    }
    is_in_member_ = true;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {  // another member may follow
      is_in_member_ = false;
      inflateReset(&stream_);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      status_ = absl::InvalidArgumentError("The object is not in gzip format.");
    }
  }

  std::unique_ptr<ObjectReader> compressed_;
  std::string in_;
  z_stream stream_ = {};
  bool is_in_member_ = true;
  bool is_at_end_ = false;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ObjectReader> Gunzip(std::unique_ptr<ObjectReader> compressed) {
  return std::make_unique<GunzipReader>(std::move(compressed));
}

absl::StatusOr<std::unique_ptr<ObjectReader>> OpenDecompressed(ObjectStore* store,
                                                               absl::string_view bucket,
                                                               absl::string_view key,
                                                               int64_t offset_bytes) {
  if (absl::EndsWith(key, ".zst") || absl::EndsWith(key, ".zstd")) {
    return absl::InvalidArgumentError(
        absl::StrCat("ZSTD compression is not supported: ", bucket, "/", key));
  }
  if (!absl::EndsWith(key, ".gz")) return store->Open(bucket, key, offset_bytes);
  absl::StatusOr<std::unique_ptr<ObjectReader>> compressed = store->Open(bucket, key, 0);
  if (!compressed.ok()) return compressed.status();
  std::unique_ptr<ObjectReader> reader = Gunzip(*std::move(compressed));
  while (offset_bytes > 0) {
    absl::StatusOr<std::string> skipped =
        reader->Read(std::min(static_cast<size_t>(offset_bytes), kReadBytes));
    if (!skipped.ok()) return skipped.status();
    if (skipped->empty()) break;
    offset_bytes -= static_cast<int64_t>(skipped->size());
  }
  return reader;
}

absl::StatusOr<std::string> ReadAll(ObjectReader* reader, size_t max_bytes) {
  std::string all;
  for (;;) {
    absl::StatusOr<std::string> more = reader->Read(kReadBytes);
    if (!more.ok()) return more.status();
    if (more->empty()) return all;
    if (more->size() > max_bytes - all.size()) {
      return absl::ResourceExhaustedError(
          absl::StrCat("The manifest is larger than ", max_bytes, " bytes."));
    }
    absl::StrAppend(&all, *more);
  }
}

void Input::SkipByteOrderMark() {
  constexpr absl::string_view kMark = "\xEF\xBB\xBF";
  while (buffer_.size() - position_ < kMark.size()) {
    // A store may give a byte at a time.
    absl::StatusOr<std::string> more = reader_->Read(kReadBytes);
    if (!more.ok()) status_ = more.status();
    if (!more.ok() || more->empty()) break;
    absl::StrAppend(&buffer_, *more);
  }
  if (absl::StartsWith(absl::string_view(buffer_).substr(position_), kMark)) {
    position_ += kMark.size();
  }
}

bool Input::Fill() {
  if (is_at_end_ || !status_.ok()) return false;
  buffer_offset_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
  position_ = 0;
  absl::StatusOr<std::string> more = reader_->Read(kReadBytes);
  if (!more.ok()) {
    status_ = more.status();
    return false;
  }
  buffer_ = *std::move(more);
  is_at_end_ = buffer_.empty();
  return !is_at_end_;
}

}  // namespace pawl::objects
