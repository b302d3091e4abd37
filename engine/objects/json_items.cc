// JSON documents: the elements of an array one by one, or the members of an object as
// {"Key": name, "Value": value}; at the root or where ItemsPointer leads. The document is read only
// once and never held; what stands beside the pointer's way is checked loosely, what follows the
// items not at all where there is a pointer.
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/objects/file_items.h"
#include "engine/objects/json_scanner.h"
#include "engine/objects/reader_error.h"

namespace pawl::objects {
namespace {

using Place = FilePosition::Place;

constexpr char kNoSuchPointer[] =
    "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.";

class JsonItems final : public FileItems {
 public:
  JsonItems(std::unique_ptr<Input> input, const ReaderSpec& spec, Place place)
      : input_(std::move(input)),
        scanner_(input_.get(), spec.max_item_bytes),
        is_whole_document_(spec.items_pointer.empty()),
        place_(place),
        is_keyed_(place == Place::kInObject) {}

  // At the start of a document: goes to the first item.
  absl::Status Enter(const std::string& pointer) {
    if (!pointer.empty()) {
      if (pointer[0] != '/') return absl::InvalidArgumentError(kNoSuchPointer);
      for (absl::string_view token : absl::StrSplit(pointer.substr(1), '/')) {
        absl::Status status = Descend(absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}}));
        if (!status.ok()) return status;
      }
    }
    const int c = scanner_.PeekToken();
    if (!input_->status().ok()) return input_->status();
    if (c != '[' && c != '{') return absl::InvalidArgumentError(kNonIterable);
    is_keyed_ = c == '{';
    place_ = is_keyed_ ? Place::kInObject : Place::kInArray;
    input_->Skip();
    is_first_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<absl::optional<Value>> Read() override {
    if (place_ == Place::kDone) return absl::optional<Value>();
    const char close = place_ == Place::kInArray ? ']' : '}';
    if (scanner_.PeekToken() == close) {
      absl::Status status = Leave();
      if (!status.ok()) return status;
      return absl::optional<Value>();
    }
    if (!is_first_) {
      absl::Status comma = scanner_.Expect(',');
      if (!comma.ok()) return comma;
    }
    is_first_ = false;
    if (place_ == Place::kInArray) {
      absl::StatusOr<Value> element = scanner_.ReadValue();
      if (!element.ok()) return element.status();
      return absl::make_optional(*std::move(element));
    }
    return ReadMember();
  }

  FilePosition position() const override {
    return is_first_ ? FilePosition() : FilePosition{place_, input_->offset_bytes()};
  }
  const std::string& etag() const override { return input_->etag(); }
  bool is_keyed() const override { return is_keyed_; }

 private:
  absl::StatusOr<absl::optional<Value>> ReadMember() {
    absl::StatusOr<std::string> key = scanner_.ReadKey();
    if (!key.ok()) return key.status();
    absl::StatusOr<Value> value = scanner_.ReadValue();
    if (!value.ok()) return value.status();
    return absl::make_optional(
        Value::Object({{"Key", Value::String(*std::move(key))}, {"Value", *std::move(value)}}));
  }

  absl::Status Leave() {
    input_->Skip();
    place_ = Place::kDone;
    is_first_ = false;
    if (!is_whole_document_) return absl::OkStatus();
    return scanner_.PeekToken() == Input::kEnd && input_->status().ok()
               ? absl::OkStatus()
               : scanner_.Error("the end of the document");
  }

  // From before a container to before its part `token`.
  absl::Status Descend(const std::string& token) {
    const int c = scanner_.PeekToken();
    if (c == '{') return DescendObject(token);
    if (c == '[') return DescendArray(token);
    if (!input_->status().ok()) return input_->status();
    return absl::InvalidArgumentError(kNoSuchPointer);
  }

  absl::Status DescendObject(const std::string& token) {
    input_->Skip();
    if (scanner_.PeekToken() == '}') return absl::InvalidArgumentError(kNoSuchPointer);
    for (;;) {
      absl::StatusOr<std::string> key = scanner_.ReadKey();
      if (!key.ok()) return key.status();
      if (*key == token) return absl::OkStatus();
      absl::Status status = PassToNext('}');
      if (!status.ok()) return status;
    }
  }

  absl::Status DescendArray(const std::string& token) {
    input_->Skip();
    uint64_t index = 0;
    const bool is_index = absl::SimpleAtoi(token, &index) && absl::StrCat(index) == token;
    if (!is_index || scanner_.PeekToken() == ']') {
      return absl::InvalidArgumentError(kNoSuchPointer);
    }
    for (; index > 0; --index) {
      absl::Status status = PassToNext(']');
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Over a value and the comma behind it; kNoSuchPointer where `close` is there instead.
  absl::Status PassToNext(char close) {
    absl::Status status = scanner_.SkipValue();
    if (!status.ok()) return status;
    if (scanner_.PeekToken() == close) return absl::InvalidArgumentError(kNoSuchPointer);
    return scanner_.Expect(',');
  }

  std::unique_ptr<Input> input_;
  JsonScanner scanner_;
  const bool is_whole_document_;
  Place place_;
  bool is_keyed_;
  bool is_first_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FileItems>> OpenJson(ObjectStore* store, const FileRef& file,
                                                    const ReaderSpec& spec,
                                                    const FilePosition& from) {
  absl::StatusOr<std::unique_ptr<ObjectReader>> reader =
      OpenDecompressed(store, file.bucket, file.key, from.offset_bytes);
  if (!reader.ok()) return reader.status();
  auto input = std::make_unique<Input>(*std::move(reader), from.offset_bytes);
  const bool is_start = from.place == Place::kStart;
  if (is_start) input->SkipByteOrderMark();
  auto items = std::make_unique<JsonItems>(std::move(input), spec, from.place);
  if (is_start) {
    absl::Status status = items->Enter(spec.items_pointer);
    if (!status.ok()) return status;
  }
  return std::unique_ptr<FileItems>(std::move(items));
}

}  // namespace pawl::objects
