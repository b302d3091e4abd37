#include "engine/objects/item_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/objects/cursor.h"
#include "engine/objects/file_items.h"
#include "engine/objects/file_list.h"
#include "engine/objects/reader_error.h"

namespace pawl::objects {
namespace {

absl::StatusOr<std::unique_ptr<FileItems>> OpenFile(ObjectStore* store, const FileRef& file,
                                                    const ReaderSpec& spec,
                                                    const FilePosition& from) {
  switch (spec.format) {
    case ReaderSpec::Format::kJson:
      return OpenJson(store, file, spec, from);
    case ReaderSpec::Format::kJsonl:
      return OpenJsonl(store, file, spec, from);
    case ReaderSpec::Format::kCsv:
      return OpenCsv(store, file, spec, from);
  }
  return absl::InternalError("unknown format");
}

// What the two readers share: counting, and failing once.
class CountingReader : public ItemReader {
 public:
  CountingReader(ObjectStore* store, const ReaderSpec& spec, Cursor cursor)
      : store_(store), spec_(spec), cursor_(std::move(cursor)) {
    const int64_t max_items = spec.max_items.value_or(0);
    if (max_items > 0) max_items_ = max_items;
  }

  OrFailure<ItemChunk> Next(size_t max_items, size_t max_bytes) override {
    ItemChunk chunk;
    const int64_t left = max_items_ - cursor_.delivered;
    if (left <= 0) {
      chunk.is_end = true;
    } else {
      const size_t most = std::min(static_cast<size_t>(left), max_items);
      status_ = Fill(most, max_bytes, &chunk);
      if (!status_.ok()) return ReaderFailure(status_);
      cursor_.delivered += static_cast<int64_t>(chunk.items.size());
      if (cursor_.delivered >= max_items_) chunk.is_end = true;
    }
    chunk.cursor = EncodeCursor(cursor_);
    return chunk;
  }
  const absl::Status& status() const override { return status_; }

 protected:
  // Appends 1 to `max_items` items, or sets is_end; moves cursor_, `delivered` excepted.
  virtual absl::Status Fill(size_t max_items, size_t max_bytes, ItemChunk* chunk) = 0;

  ObjectStore* const store_;
  const ReaderSpec spec_;
  Cursor cursor_;

 private:
  int64_t max_items_ = std::numeric_limits<int64_t>::max();
  absl::Status status_;
};

class ListReader final : public CountingReader {
 public:
  using CountingReader::CountingReader;

 private:
  absl::Status Fill(size_t max_items, size_t max_bytes, ItemChunk* chunk) override {
    const size_t average_bytes = 200;
    const size_t wanted = std::min({max_items, max_bytes / average_bytes + 1, size_t{10000}});
    absl::StatusOr<ListPage> page =
        store_->List(spec_.bucket, spec_.prefix, cursor_.file, static_cast<int>(wanted));
    if (!page.ok()) return page.status();
    for (const ObjectInfo& object : page->objects) chunk->items.push_back(ItemOf(object));
    if (!page->objects.empty()) cursor_.file = page->objects.back().key;
    chunk->is_end = !page->is_truncated || page->objects.empty();
    chunk->source = absl::StrCat("S3://", spec_.bucket);
    return absl::OkStatus();
  }

  static Value ItemOf(const ObjectInfo& object) {
    return Value::Object({{"Etag", Value::String(object.etag)},
                          {"Key", Value::String(object.key)},
                          {"LastModified", Value::Double(static_cast<double>(
                                               absl::ToUnixSeconds(object.last_modified)))},
                          {"Size", Value::Int(object.size_bytes)},
                          {"StorageClass", Value::String(object.storage_class)}});
  }
};

class FilesReader final : public CountingReader {
 public:
  using CountingReader::CountingReader;

 private:
  absl::Status Fill(size_t max_items, size_t max_bytes, ItemChunk* chunk) override {
    for (;;) {
      if (items_ == nullptr) {
        absl::StatusOr<bool> is_open = OpenNext();
        if (!is_open.ok()) return is_open.status();
        if (!*is_open) {
          chunk->is_end = true;
          return absl::OkStatus();
        }
      }
      size_t bytes = 0;
      bool is_file_end = false;
      while (!is_file_end && chunk->items.size() < max_items && bytes < max_bytes) {
        absl::StatusOr<absl::optional<Value>> item = items_->Read();
        if (!item.ok()) return item.status();
        if (item->has_value()) {
          bytes += (*item)->weight();
          chunk->items.push_back(**std::move(item));
        } else {
          is_file_end = true;
        }
      }
      cursor_.in_file = items_->position();
      cursor_.etag = items_->etag();
      chunk->is_keyed = items_->is_keyed();
      if (is_file_end) items_.reset();
      if (!chunk->items.empty()) {
        chunk->source = absl::StrCat("S3://", file_.bucket, "/", file_.key);
        chunk->is_end = is_file_end && spec_.kind == ReaderSpec::Kind::kObject;
        return absl::OkStatus();
      }
    }
  }

  // False at the end of the files.
  absl::StatusOr<bool> OpenNext() {
    FilePosition from;
    if (files_.files == nullptr) {
      absl::StatusOr<FileSet> files = OpenFileSet(store_, spec_, cursor_.file);
      if (!files.ok()) return files.status();
      files_ = *std::move(files);
      from = cursor_.in_file;
    }
    absl::StatusOr<absl::optional<FileRef>> file = files_.files->Next();
    if (!file.ok()) return file.status();
    if (!file->has_value()) return false;
    file_ = **std::move(file);
    cursor_.file = files_.files->position();
    absl::StatusOr<std::unique_ptr<FileItems>> items = OpenFile(store_, file_, files_.spec, from);
    if (!items.ok()) return items.status();
    if (from.place != FilePosition::Place::kStart && (*items)->etag() != cursor_.etag) {
      return absl::FailedPreconditionError(absl::StrCat("The object ", file_.bucket, "/", file_.key,
                                                        " was replaced while it was being read."));
    }
    items_ = *std::move(items);
    return true;
  }

  FileSet files_;  // opened with the first Next
  FileRef file_;
  std::unique_ptr<FileItems> items_;
};

}  // namespace

absl::optional<char> CsvDelimiter(absl::string_view name) {
  if (name == "COMMA") return ',';
  if (name == "PIPE") return '|';
  if (name == "SEMICOLON") return ';';
  if (name == "SPACE") return ' ';
  if (name == "TAB") return '\t';
  return absl::nullopt;
}

OrFailure<std::unique_ptr<ItemReader>> OpenItemReader(ObjectStore* store, const ReaderSpec& spec,
                                                      absl::string_view cursor) {
  if (spec.max_items.value_or(0) < 0) {
    return ReaderFailure(absl::InvalidArgumentError("field MaxItems must be positive"));
  }
  if (spec.csv_header_location == ReaderSpec::HeaderLocation::kGiven) {
    absl::Status unique = CheckCsvHeaders(spec.csv_headers);
    if (!unique.ok()) return ReaderFailure(unique);
  }
  absl::StatusOr<Cursor> from = DecodeCursor(cursor);
  if (!from.ok()) return ReaderFailure(from.status());
  std::unique_ptr<ItemReader> reader;
  if (spec.kind == ReaderSpec::Kind::kList) {
    reader = std::make_unique<ListReader>(store, spec, *std::move(from));
  } else {
    reader = std::make_unique<FilesReader>(store, spec, *std::move(from));
  }
  return reader;
}

}  // namespace pawl::objects
