// Text delimited files, by the rules of AWS's ItemReader page: RFC 4180 quoting with newlines
// inside quotes; a backslash escapes a backslash, a quote or the delimiter, and is dropped before
// anything else; values are strings; missing fields are empty, surplus ones are dropped. An empty
// line is a row with one empty field.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/objects/file_items.h"
#include "engine/objects/reader_error.h"
#include "engine/value/utf8.h"

namespace pawl::objects {
namespace {

class CsvParser {
 public:
  CsvParser(Input* input, char delimiter, size_t max_row_bytes)
      : input_(input),
        delimiter_(static_cast<unsigned char>(delimiter)),
        max_row_bytes_(max_row_bytes) {}

  // The fields of the next row; nullopt at the end.
  absl::StatusOr<absl::optional<std::vector<std::string>>> ReadRow() {
    if (input_->Peek() == Input::kEnd) return AtEnd();
    std::vector<std::string> fields;
    row_bytes_ = 0;
    for (;;) {
      std::string field;
      if (input_->Peek() == '"') ReadQuoted(&field);
      ReadUnquoted(&field);
      if (row_bytes_ > max_row_bytes_) {
        return absl::ResourceExhaustedError(
            absl::StrCat("A row of the text delimited file exceeds ", max_row_bytes_, " bytes."));
      }
      fields.push_back(ReplaceInvalidUtf8(std::move(field)));
      if (input_->Peek() != delimiter_) break;
      input_->Skip();
    }
    if (!input_->status().ok()) return input_->status();
    SkipNewline();
    return absl::make_optional(std::move(fields));
  }

 private:
  absl::StatusOr<absl::optional<std::vector<std::string>>> AtEnd() const {
    if (!input_->status().ok()) return input_->status();
    return absl::optional<std::vector<std::string>>();
  }

  void Take(int c, std::string* field) {
    input_->Skip();
    if (++row_bytes_ <= max_row_bytes_) field->push_back(static_cast<char>(c));
  }

  void ReadQuoted(std::string* field) {
    input_->Skip();
    for (;;) {
      const int c = input_->Peek();
      if (c == Input::kEnd || row_bytes_ > max_row_bytes_) return;
      if (c == '\\') {
        ReadEscaped(field);
      } else if (c == '"') {
        input_->Skip();
        if (input_->Peek() != '"') return;
        Take('"', field);
      } else {
        Take(c, field);
      }
    }
  }

  // Up to the delimiter or the end of the line: also what follows a closing quote.
  void ReadUnquoted(std::string* field) {
    for (;;) {
      const int c = input_->Peek();
      if (c == Input::kEnd || c == delimiter_ || c == '\n' || c == '\r' ||
          row_bytes_ > max_row_bytes_) {
        return;
      }
      if (c == '\\') {
        ReadEscaped(field);
      } else {
        Take(c, field);
      }
    }
  }

  void ReadEscaped(std::string* field) {
    input_->Skip();
    const int c = input_->Peek();
    if (c == '\\' || c == '"' || c == delimiter_) Take(c, field);
  }

  void SkipNewline() {
    if (input_->Peek() == '\r')
      input_->Skip();
    else if (input_->Peek() != '\n')
      return;
    if (input_->Peek() == '\n') input_->Skip();
  }

  Input* input_;
  const int delimiter_;
  const size_t max_row_bytes_;
  size_t row_bytes_ = 0;
};

class CsvItems final : public FileItems {
 public:
  CsvItems(std::unique_ptr<Input> input, const ReaderSpec& spec, std::vector<std::string> headers)
      : input_(std::move(input)),
        parser_(input_.get(), spec.csv_delimiter, spec.max_item_bytes),
        headers_(std::move(headers)) {}

  absl::StatusOr<absl::optional<Value>> Read() override {
    absl::StatusOr<absl::optional<std::vector<std::string>>> row = parser_.ReadRow();
    if (!row.ok()) return row.status();
    if (!row->has_value()) return absl::optional<Value>();
    std::vector<std::string>& fields = **row;
    Value::Members members;
    members.reserve(headers_.size());
    for (size_t i = 0; i < headers_.size(); ++i) {
      members.emplace_back(headers_[i],
                           Value::String(i < fields.size() ? std::move(fields[i]) : std::string()));
    }
    return absl::make_optional(Value::Object(std::move(members)));
  }

  FilePosition position() const override {
    return {FilePosition::Place::kInArray, input_->offset_bytes()};
  }
  const std::string& etag() const override { return input_->etag(); }

 private:
  std::unique_ptr<Input> input_;
  CsvParser parser_;
  std::vector<std::string> headers_;
};

}  // namespace

absl::Status CheckCsvHeaders(const std::vector<std::string>& headers) {
  std::set<absl::string_view> seen;
  for (const std::string& header : headers) {
    if (!seen.insert(header).second) return absl::InvalidArgumentError(kDuplicateHeaders);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileItems>> OpenCsv(ObjectStore* store, const FileRef& file,
                                                   const ReaderSpec& spec,
                                                   const FilePosition& from) {
  const bool is_header_given = spec.csv_header_location == ReaderSpec::HeaderLocation::kGiven;
  const bool is_start = from.place == FilePosition::Place::kStart;
  std::vector<std::string> headers = spec.csv_headers;
  std::unique_ptr<Input> input;
  if (is_start || !is_header_given) {
    absl::StatusOr<std::unique_ptr<ObjectReader>> reader =
        OpenDecompressed(store, file.bucket, file.key, 0);
    if (!reader.ok()) return reader.status();
    input = std::make_unique<Input>(*std::move(reader), 0);
    input->SkipByteOrderMark();
  }
  if (!is_header_given) {
    CsvParser parser(input.get(), spec.csv_delimiter, spec.max_item_bytes);
    absl::StatusOr<absl::optional<std::vector<std::string>>> row = parser.ReadRow();
    if (!row.ok()) return row.status();
    headers = row->value_or(std::vector<std::string>());
  }
  absl::Status unique = CheckCsvHeaders(headers);
  if (!unique.ok()) return unique;
  if (!is_start) {
    absl::StatusOr<std::unique_ptr<ObjectReader>> reader =
        OpenDecompressed(store, file.bucket, file.key, from.offset_bytes);
    if (!reader.ok()) return reader.status();
    input = std::make_unique<Input>(*std::move(reader), from.offset_bytes);
  }
  return std::unique_ptr<FileItems>(
      std::make_unique<CsvItems>(std::move(input), spec, std::move(headers)));
}

}  // namespace pawl::objects
