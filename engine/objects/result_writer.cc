#include "engine/objects/result_writer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/objects/reader_error.h"
#include "engine/value/json.h"

namespace pawl::objects {
namespace {

const char* GroupName(ResultGroup group) {
  switch (group) {
    case ResultGroup::kSucceeded:
      return "SUCCEEDED";
    case ResultGroup::kFailed:
      return "FAILED";
    case ResultGroup::kPending:
      return "PENDING";
  }
  return "";
}

std::string FolderOf(const ResultWriterSpec& spec) {
  const bool needs_slash = !spec.prefix.empty() && !absl::EndsWith(spec.prefix, "/");
  return absl::StrCat(spec.prefix, needs_slash ? "/" : "", spec.run_id, "/");
}

}  // namespace

ResultGroup GroupOf(const aws::ExecutionRecord& child) {
  if (child.status == "SUCCEEDED") return ResultGroup::kSucceeded;
  return child.status == "PENDING" ? ResultGroup::kPending : ResultGroup::kFailed;
}

std::vector<Value> FormatResult(const aws::ExecutionRecord& child,
                                ResultTransformation transformation) {
  const bool is_record =
      transformation == ResultTransformation::kNone || GroupOf(child) != ResultGroup::kSucceeded;
  if (is_record) return {aws::ToValue(child, aws::RecordStyle::kFile)};
  const Value& output = child.output.value();
  if (transformation == ResultTransformation::kFlatten && output.is_array()) {
    return output.AsArray();
  }
  return {output};
}

// The files of one group of children.
class ResultFiles::Group {
 public:
  Group(ObjectStore* store, const ResultWriterSpec* spec, std::string name_stem)
      : store_(store), spec_(spec), name_stem_(std::move(name_stem)) {}

  absl::Status Add(absl::string_view entry) {
    const int64_t frame_bytes = 3;  // a separator before, the end of the file after
    const int64_t entry_bytes = static_cast<int64_t>(entry.size());
    if (writer_ != nullptr && size_bytes_ + entry_bytes + frame_bytes > spec_->max_file_bytes) {
      absl::Status status = Close();
      if (!status.ok()) return status;
    }
    const bool is_json = spec_->output_type == ResultOutputType::kJson;
    if (writer_ != nullptr) return Append(is_json ? "," : "", entry, is_json ? "" : "\n");
    absl::Status status = OpenFile();
    return status.ok() ? Append(is_json ? "[" : "", entry, is_json ? "" : "\n") : status;
  }

  absl::Status Close() {
    if (writer_ == nullptr) return absl::OkStatus();
    absl::Status status;
    if (spec_->output_type == ResultOutputType::kJson) status = Append("", "]", "");
    if (status.ok()) status = writer_->Finish();
    writer_.reset();
    if (!status.ok()) return status;
    files_.push_back(
        Value::Object({{"Key", Value::String(key_)}, {"Size", Value::Int(size_bytes_)}}));
    return absl::OkStatus();
  }

  // Those closed, as the manifest has them.
  Value files() const { return Value::Array(files_); }

 private:
  absl::Status OpenFile() {
    key_ = absl::StrCat(name_stem_, "_", files_.size(), ".json");
    size_bytes_ = 0;
    absl::StatusOr<std::unique_ptr<ObjectWriter>> writer = store_->Create(spec_->bucket, key_);
    if (!writer.ok()) return writer.status();
    writer_ = *std::move(writer);
    return absl::OkStatus();
  }

  absl::Status Append(absl::string_view before, absl::string_view entry, absl::string_view after) {
    for (absl::string_view part : {before, entry, after}) {
      if (part.empty()) continue;
      absl::Status status = writer_->Append(part);
      if (!status.ok()) return status;
      size_bytes_ += static_cast<int64_t>(part.size());
    }
    return absl::OkStatus();
  }

  ObjectStore* const store_;
  const ResultWriterSpec* const spec_;
  const std::string name_stem_;
  std::unique_ptr<ObjectWriter> writer_;
  std::string key_;
  int64_t size_bytes_ = 0;
  Value::Elements files_;
};

ResultFiles::ResultFiles(ObjectStore* store, ResultWriterSpec spec)
    : store_(store), spec_(std::move(spec)), folder_(FolderOf(spec_)) {
  for (const auto group : {ResultGroup::kSucceeded, ResultGroup::kFailed, ResultGroup::kPending}) {
    groups_.push_back(
        std::make_unique<Group>(store_, &spec_, absl::StrCat(folder_, GroupName(group))));
  }
}

ResultFiles::~ResultFiles() = default;

absl::StatusOr<std::unique_ptr<ResultFiles>> ResultFiles::Create(ObjectStore* store,
                                                                 ResultWriterSpec spec) {
  if (spec.bucket.empty() || spec.run_id.empty()) {
    return absl::InvalidArgumentError("a ResultWriter needs a Bucket and the id of the Map Run");
  }
  return std::unique_ptr<ResultFiles>(new ResultFiles(store, std::move(spec)));
}

absl::Status ResultFiles::Add(const aws::ExecutionRecord& child) {
  Group* group = groups_[static_cast<size_t>(GroupOf(child))].get();
  for (const Value& entry : FormatResult(child, spec_.transformation)) {
    absl::Status status = group->Add(ToJson(entry));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<ManifestLocation> ResultFiles::Finish() {
  for (const std::unique_ptr<Group>& group : groups_) {
    absl::Status status = group->Close();
    if (!status.ok()) return status;
  }
  const auto files = [&](ResultGroup group) {
    return Value::Member(GroupName(group), groups_[static_cast<size_t>(group)]->files());
  };
  const Value manifest = Value::Object(
      {{"DestinationBucket", Value::String(spec_.bucket)},
       {"MapRunArn", Value::String(spec_.map_run_arn)},
       {"ResultFiles", Value::Object({files(ResultGroup::kFailed), files(ResultGroup::kPending),
                                      files(ResultGroup::kSucceeded)})}});
  ManifestLocation location{spec_.bucket, absl::StrCat(folder_, "manifest.json")};
  absl::StatusOr<std::unique_ptr<ObjectWriter>> writer =
      store_->Create(location.bucket, location.key);
  if (!writer.ok()) return writer.status();
  absl::Status status = (*writer)->Append(ToJson(manifest));
  if (status.ok()) status = (*writer)->Finish();
  if (!status.ok()) return status;
  return location;
}

Failure ResultWriterFailure(const absl::Status& status) {
  return Failure{"States.ResultWriterFailed", StoreCause(status)};
}

Value ToResultWriterDetails(const ManifestLocation& manifest) {
  return Value::Object(
      {{"Bucket", Value::String(manifest.bucket)}, {"Key", Value::String(manifest.key)}});
}

}  // namespace pawl::objects
