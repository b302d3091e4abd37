// JSON Lines: one item a line, lines of white space are skipped.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/file_items.h"
#include "engine/value/json.h"

namespace pawl::objects {
namespace {

class JsonlItems final : public FileItems {
 public:
  JsonlItems(std::unique_ptr<Input> input, size_t max_item_bytes)
      : input_(std::move(input)), max_item_bytes_(max_item_bytes) {}

  absl::StatusOr<absl::optional<Value>> Read() override {
    for (;;) {
      const int64_t start = input_->offset_bytes();
      std::string line;
      absl::Status status = ReadLine(&line);
      if (!status.ok()) return status;
      if (!absl::StripAsciiWhitespace(line).empty()) return Parse(line, start);
      if (input_->Peek() == Input::kEnd) {
        if (!input_->status().ok()) return input_->status();
        return absl::optional<Value>();
      }
    }
  }

  FilePosition position() const override {
    return {FilePosition::Place::kInArray, input_->offset_bytes()};
  }
  const std::string& etag() const override { return input_->etag(); }

 private:
  absl::Status ReadLine(std::string* line) {
    for (;;) {
      const int c = input_->Peek();
      if (c == Input::kEnd) return input_->status();
      input_->Skip();
      if (c == '\n') return absl::OkStatus();
      if (line->size() == max_item_bytes_) {
        return absl::ResourceExhaustedError(
            absl::StrCat("A line of the JSON Lines file exceeds ", max_item_bytes_, " bytes."));
      }
      line->push_back(static_cast<char>(c));
    }
  }

  absl::StatusOr<absl::optional<Value>> Parse(const std::string& line, int64_t start) const {
    JsonLimits limits;
    limits.max_bytes = max_item_bytes_;
    absl::StatusOr<Value> value = ParseJson(line, limits);
    if (!value.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("The line at byte ", start,
                       " of the JSON Lines file is not valid JSON: ", value.status().message()));
    }
    return absl::make_optional(*std::move(value));
  }

  std::unique_ptr<Input> input_;
  const size_t max_item_bytes_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FileItems>> OpenJsonl(ObjectStore* store, const FileRef& file,
                                                     const ReaderSpec& spec,
                                                     const FilePosition& from) {
  absl::StatusOr<std::unique_ptr<ObjectReader>> reader =
      OpenDecompressed(store, file.bucket, file.key, from.offset_bytes);
  if (!reader.ok()) return reader.status();
  auto input = std::make_unique<Input>(*std::move(reader), from.offset_bytes);
  if (from.place == FilePosition::Place::kStart) input->SkipByteOrderMark();
  return std::unique_ptr<FileItems>(
      std::make_unique<JsonlItems>(std::move(input), spec.max_item_bytes));
}

}  // namespace pawl::objects
