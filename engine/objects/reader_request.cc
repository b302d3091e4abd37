#include "engine/objects/reader_request.h"

#include <string>

namespace pawl::objects {
namespace {

std::string Text(const Value& object, absl::string_view member) {
  const Value* value = object.Find(member);
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

}  // namespace

ReaderSpec SpecOfRequest(const Value& request) {
  using Spec = ReaderSpec;
  Spec spec;
  const std::string kind = Text(request, "Kind"), format = Text(request, "Format");
  if (kind == "LIST") spec.kind = Spec::Kind::kList;
  if (kind == "FLATTENED_LIST") spec.kind = Spec::Kind::kFlattenedList;
  if (kind == "INVENTORY") spec.kind = Spec::Kind::kInventoryManifest;
  if (kind == "ATHENA") spec.kind = Spec::Kind::kAthenaManifest;
  if (format == "JSONL") spec.format = Spec::Format::kJsonl;
  if (format == "CSV") spec.format = Spec::Format::kCsv;
  const Value& parameters = *request.Find("Parameters");
  spec.bucket = Text(parameters, "Bucket");
  spec.key = Text(parameters, "Key");
  spec.prefix = Text(parameters, "Prefix");
  const Value* has_header_row = request.Find("HasHeaderRow");
  if (has_header_row != nullptr && has_header_row->is_bool() && !has_header_row->AsBool()) {
    spec.csv_header_location = Spec::HeaderLocation::kGiven;
  }
  if (const Value* headers = request.Find("Headers"); headers != nullptr && headers->is_array()) {
    for (const Value& header : headers->AsArray()) spec.csv_headers.push_back(header.AsString());
  }
  const std::string delimiter = Text(request, "Delimiter");
  if (delimiter.size() == 1) spec.csv_delimiter = delimiter[0];
  spec.items_pointer = Text(request, "ItemsPointer");
  int64_t max_items = 0;
  const Value* max = request.Find("MaxItems");
  if (max != nullptr && max->ToInt64(&max_items) && max_items > 0) spec.max_items = max_items;
  return spec;
}

}  // namespace pawl::objects
