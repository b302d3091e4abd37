#include "engine/objects/file_list.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/objects/input.h"
#include "engine/value/json.h"

namespace pawl::objects {
namespace {

constexpr int kListPageKeys = 1000;

// Positions are indexes into a list that is held.
class HeldFiles final : public FileList {
 public:
  HeldFiles(std::vector<FileRef> files, size_t next) : files_(std::move(files)), next_(next) {}

  absl::StatusOr<absl::optional<FileRef>> Next() override {
    if (next_ >= files_.size()) return absl::optional<FileRef>();
    return absl::make_optional(files_[next_++]);
  }
  std::string position() const override {
    return next_ == 0 ? std::string() : absl::StrCat(next_ - 1);
  }

 private:
  std::vector<FileRef> files_;
  size_t next_;
};

// Positions are keys.
class ListedFiles final : public FileList {
 public:
  ListedFiles(ObjectStore* store, const ReaderSpec& spec, absl::string_view position)
      : store_(store), bucket_(spec.bucket), prefix_(spec.prefix), last_(position) {
    if (!position.empty()) page_.objects.push_back(KeyOnly(position));
    page_.is_truncated = true;
  }

  absl::StatusOr<absl::optional<FileRef>> Next() override {
    for (;;) {
      if (next_ < page_.objects.size()) {
        last_ = page_.objects[next_++].key;
        // What S3's console makes when it is asked for a folder holds nothing to read.
        if (!absl::EndsWith(last_, "/")) return absl::make_optional(FileRef{bucket_, last_});
      } else if (!page_.is_truncated) {
        return absl::optional<FileRef>();
      } else {
        absl::StatusOr<ListPage> page = store_->List(bucket_, prefix_, last_, kListPageKeys);
        if (!page.ok()) return page.status();
        page_ = *std::move(page);
        next_ = 0;
      }
    }
  }
  std::string position() const override { return last_; }

 private:
  static ObjectInfo KeyOnly(absl::string_view key) {
    ObjectInfo info;
    info.key = std::string(key);
    return info;
  }

  ObjectStore* store_;
  std::string bucket_;
  std::string prefix_;
  std::string last_;
  ListPage page_;
  size_t next_ = 0;
};

absl::StatusOr<std::string> ReadManifest(ObjectStore* store, const ReaderSpec& spec) {
  absl::StatusOr<std::unique_ptr<ObjectReader>> reader =
      OpenDecompressed(store, spec.bucket, spec.key, 0);
  if (!reader.ok()) return reader.status();
  return ReadAll(reader->get(), spec.max_manifest_bytes);
}

absl::Status BadManifest(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("The S3 inventory manifest is not valid: ", why));
}

// "arn:aws:s3:::BUCKET" or "BUCKET".
std::string BucketOf(absl::string_view name_or_arn) {
  const size_t colon = name_or_arn.rfind(':');
  return std::string(colon == absl::string_view::npos ? name_or_arn
                                                      : name_or_arn.substr(colon + 1));
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
absl::Status ParseInventory(absl::string_view text, size_t max_bytes, ReaderSpec* spec,
                            std::vector<FileRef>* files) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  absl::StatusOr<Value> manifest = ParseJson(text, limits);
  if (!manifest.ok()) return BadManifest(manifest.status().message());
  const Value* format = manifest->Find("fileFormat");
  if (format != nullptr && (!format->is_string() || format->AsString() != "CSV")) {
    return BadManifest("its fileFormat is not CSV");
  }
  const Value* schema = manifest->Find("fileSchema");
  if (schema == nullptr || !schema->is_string()) return BadManifest("it has no fileSchema");
  const Value* list = manifest->Find("files");
  if (list == nullptr || !list->is_array()) return BadManifest("it has no files");
  const Value* bucket = manifest->Find("destinationBucket");
  const std::string in_bucket =
      bucket != nullptr && bucket->is_string() ? BucketOf(bucket->AsString()) : spec->bucket;
  for (const Value& file : list->AsArray()) {
    const Value* key = file.Find("key");
    if (key == nullptr || !key->is_string()) return BadManifest("a file has no key");
    files->push_back({in_bucket, key->AsString()});
  }
  spec->format = ReaderSpec::Format::kCsv;
  spec->csv_delimiter = ',';
  spec->csv_header_location = ReaderSpec::HeaderLocation::kGiven;
  spec->csv_headers.clear();
  for (absl::string_view column : absl::StrSplit(schema->AsString(), ',')) {
    spec->csv_headers.emplace_back(absl::StripAsciiWhitespace(column));
  }
  return absl::OkStatus();
}

// One "s3://BUCKET/KEY" a line, perhaps in quotes.
absl::Status ParseAthena(absl::string_view text, std::vector<FileRef>* files) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, "\"")) absl::ConsumeSuffix(&line, "\"");
    if (line.empty()) continue;
    const size_t slash = line.find('/', 5);
    if (!absl::ConsumePrefix(&line, "s3://") || slash == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          "The Athena manifest is not valid: a line is no s3:// URI of an object.");
    }
    files->push_back({std::string(line.substr(0, slash - 5)), std::string(line.substr(slash - 4))});
  }
  return absl::OkStatus();
}

absl::StatusOr<FileSet> OpenHeld(ReaderSpec spec, std::vector<FileRef> files,
                                 absl::string_view position) {
  uint64_t next = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &next)) {
    return absl::InvalidArgumentError("The cursor does not belong to this reader.");
  }
  return FileSet{std::make_unique<HeldFiles>(std::move(files), next), std::move(spec)};
}

}  // namespace

absl::StatusOr<FileSet> OpenFileSet(ObjectStore* store, const ReaderSpec& spec,
                                    absl::string_view position) {
  ReaderSpec file_spec = spec;
  std::vector<FileRef> files;
  if (spec.kind == ReaderSpec::Kind::kFlattenedList || spec.kind == ReaderSpec::Kind::kList) {
    return FileSet{std::make_unique<ListedFiles>(store, spec, position), std::move(file_spec)};
  }
  if (spec.kind == ReaderSpec::Kind::kObject) {
    files.push_back({spec.bucket, spec.key});
    return OpenHeld(std::move(file_spec), std::move(files), position);
  }
  absl::StatusOr<std::string> manifest = ReadManifest(store, spec);
  if (!manifest.ok()) return manifest.status();
  absl::Status status = spec.kind == ReaderSpec::Kind::kInventoryManifest
                            ? ParseInventory(*manifest, spec.max_manifest_bytes, &file_spec, &files)
                            : ParseAthena(*manifest, &files);
  if (!status.ok()) return status;
  return OpenHeld(std::move(file_spec), std::move(files), position);
}

}  // namespace pawl::objects
