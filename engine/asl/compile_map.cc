// Map states, inline and distributed (ASL, "Map State"; AWS guide, "Using Map state in Distributed
// mode").
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/asl/compiler.h"
#include "engine/asl/names.h"

namespace pawl::asl {
namespace {

constexpr int64_t kMaxItems = 100'000'000;
constexpr int64_t kMaxBatchBytes = int64_t{256} * 1024;
constexpr size_t kMaxLabel = 40;

constexpr absl::string_view kGetObject = "arn:aws:states:::s3:getObject";
constexpr absl::string_view kListObjects = "arn:aws:states:::s3:listObjectsV2";
constexpr absl::string_view kPutObject = "arn:aws:states:::s3:putObject";

struct Delimiter {
  absl::string_view name;
  char character;
};
constexpr Delimiter kDelimiters[] = {
    {"COMMA", ','}, {"PIPE", '|'}, {"SEMICOLON", ';'}, {"SPACE", ' '}, {"TAB", '\t'}};

// Labels stand in ARNs.
bool IsLabelCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

absl::string_view ParametersField(const FieldReader& reader) {
  return reader.is_jsonata() ? "Arguments" : "Parameters";
}

// InputType and ManifestType.
void TakeFormat(FieldReader* config, ItemReader* result) {
  const std::string type = config->TakeString("InputType").value_or("JSON");
  if (type == "CSV") {
    result->format = ItemReader::Format::kCsv;
  } else if (type == "JSONL") {
    result->format = ItemReader::Format::kJsonl;
  } else if (type == "MANIFEST") {
    result->manifest = ItemReader::Manifest::kInventory;
  } else if (type == "PARQUET") {
    config->Error(
        "InputType", "Value PARQUET is not supported by Pawl",
        "convert the files to JSONL or CSV, or read them through a manifest of such files");
  } else if (type != "JSON") {
    config->RejectValue("InputType", {"CSV", "JSON", "JSONL", "MANIFEST"});
  }
  if (const auto manifest = config->TakeString("ManifestType")) {
    if (*manifest != "S3_INVENTORY" && *manifest != "ATHENA_DATA") {
      config->RejectValue("ManifestType", {"S3_INVENTORY", "ATHENA_DATA"});
    }
    result->manifest = *manifest == "ATHENA_DATA" ? ItemReader::Manifest::kAthena
                                                  : ItemReader::Manifest::kInventory;
  }
}

void TakeCsvFields(FieldReader* config, ItemReader* result) {
  const std::string location = config->TakeString("CSVHeaderLocation").value_or("FIRST_ROW");
  if (location != "FIRST_ROW" && location != "GIVEN") {
    config->RejectValue("CSVHeaderLocation", {"FIRST_ROW", "GIVEN"});
  }
  result->has_header_row = location == "FIRST_ROW";
  if (!result->has_header_row) config->Require({"CSVHeaders"});
  if (const Value* headers = config->TakeArray("CSVHeaders")) {
    for (const Value& header : headers->AsArray()) {
      if (header.is_string()) {
        result->headers.push_back(header.AsString());
      } else {
        config->Error("CSVHeaders", "Expected elements of type [STRING]");
      }
    }
  }
  if (const auto name = config->TakeString("CSVDelimiter")) {
    bool is_known = false;
    for (const Delimiter& delimiter : kDelimiters) {
      if (delimiter.name != *name) continue;
      result->delimiter = delimiter.character;
      is_known = true;
    }
    if (!is_known) {
      config->RejectValue("CSVDelimiter", {"COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"});
    }
  }
}

}  // namespace

void Compiler::CompileMap(FieldReader* reader, State* state, StateIndex index) {
  CompileFlow(reader, state);
  MapFields map;
  const absl::string_view field = reader->Has("Iterator") ? "Iterator" : "ItemProcessor";
  if (reader->Has("Iterator") && reader->Has("ItemProcessor")) {
    reader->RejectSeveral({"ItemProcessor", "Iterator"});
    reader->Take("ItemProcessor");
  }
  reader->Require({field});
  if (const Value* processor = reader->TakeObject(field)) {
    FieldReader block(sink_, *processor, reader->PointerTo(field));
    std::string mode = "INLINE", execution_type = "STANDARD";
    if (const Value* config = block.TakeObject("ProcessorConfig")) {
      FieldReader config_reader(sink_, *config, block.PointerTo("ProcessorConfig"));
      mode = config_reader.TakeString("Mode").value_or("INLINE");
      if (mode != "INLINE" && mode != "DISTRIBUTED") {
        config_reader.RejectValue("Mode", {"INLINE", "DISTRIBUTED"});
      }
      if (mode == "DISTRIBUTED") config_reader.Require({"ExecutionType"});
      execution_type = config_reader.TakeString("ExecutionType").value_or("STANDARD");
      if (execution_type != "STANDARD" && execution_type != "EXPRESS") {
        config_reader.RejectValue("ExecutionType", {"STANDARD", "EXPRESS"});
      }
      config_reader.RejectUnknown();
    }
    if (mode == "DISTRIBUTED") {
      map.distributed = CompileDistributed(reader, &block, *state, execution_type == "EXPRESS");
    } else {
      map.processor = DeclareBlock(&block, index, NestingOf(state->block) + 1);
      // AWS takes what belongs to a Distributed Map here too, and does not use it.
      if (reader->Has("Label")) TakeLabel(reader, *state);
      CompileItemReader(reader);
      CompileItemBatcher(reader);
      CompileResultWriter(reader);
    }
    block.RejectUnknown();
  }
  if (reader->is_jsonata()) {
    map.items = reader->TakeTemplate("Items");
    map.item_selector = reader->TakeTemplate("ItemSelector");
  } else {
    map.items_path = reader->TakePath("ItemsPath", /*allow_null=*/false);
    reader->RejectSeveral({"ItemSelector", "Parameters"});
    map.item_selector =
        reader->TakeTemplate(reader->Has("ItemSelector") ? "ItemSelector" : "Parameters");
    state->result_selector = reader->TakeTemplate("ResultSelector");
    state->result_path = reader->TakeResultPath("ResultPath");
  }
  map.max_concurrency = reader->TakeNumberField(
      "MaxConcurrency", 0, std::numeric_limits<int64_t>::max(), PathRoots::kNoContext);
  if (map.max_concurrency.literal.has_value()) {
    // AWS takes any number; this many is no limit.
    map.max_concurrency.literal = std::min(*map.max_concurrency.literal, kMaxItems);
  }
  map.tolerated_failure_count =
      reader->TakeNumberField("ToleratedFailureCount", 0, kMaxItems, PathRoots::kNoContext);
  map.tolerated_failure_percentage = reader->TakePercentField("ToleratedFailurePercentage");
  state->fields = std::move(map);
  CompileRetry(reader, state);
  CompileCatch(reader, state);
}

std::shared_ptr<const DistributedMap> Compiler::CompileDistributed(FieldReader* reader,
                                                                   FieldReader* block,
                                                                   const State& state,
                                                                   bool is_express) {
  auto map = std::make_shared<DistributedMap>();
  map->is_express = is_express;
  map->label = TakeLabel(reader, state);
  map->reader = CompileItemReader(reader);
  map->batcher = CompileItemBatcher(reader);
  map->writer = CompileResultWriter(reader);
  Compiler processor(*this, is_express ? MachineType::kExpress : MachineType::kStandard);
  processor.outer_nesting_ = outer_nesting_ + NestingOf(state.block) + 1;
  processor.DeclareBlock(block, kNone, 0);
  processor.CompileDeclared();
  map->processor = processor.machine_;
  return map;
}

// Label, or one made of the state's name: the same for every execution of a revision.
std::string Compiler::TakeLabel(FieldReader* reader, const State& state) {
  std::string label;
  if (const absl::optional<std::string> given = reader->TakeString("Label")) {
    label = *given;
    if (label.empty() || CodePoints(label) > kMaxLabel) {
      sink_->Error("INVALID_LABEL_NAME", reader->PointerTo("Label"),
                   "Label must have 1 to 40 characters", "it stands in the ARNs of the children");
    }
    for (const char c : label) {
      if (IsLabelCharacter(c)) continue;
      sink_->Error("INVALID_LABEL_NAME", reader->PointerTo("Label"),
                   "Label must hold only letters, digits, '-', '_' and '.'",
                   "it stands in the ARNs of the children");
      break;
    }
    if (!names_->labels.insert(label).second) {
      sink_->Error("DUPLICATE_LABEL_NAME", reader->PointerTo("Label"),
                   absl::StrCat("Duplicate Label name: ", label),
                   "labels are unique in the whole machine: give one of them another");
    }
    return label;
  }
  for (const char c : state.name) {
    if (label.size() < kMaxLabel - 4 && IsLabelCharacter(c)) label.push_back(c);
  }
  if (label.empty()) label = "Map";
  const std::string base = label;
  for (int i = 2; !names_->labels.insert(label).second; ++i) label = absl::StrCat(base, "-", i);
  return label;
}

absl::optional<ItemReader> Compiler::CompileItemReader(FieldReader* map) {
  const Value* json = map->TakeObject("ItemReader");
  if (json == nullptr) return absl::nullopt;
  FieldReader reader(sink_, *json, map->PointerTo("ItemReader"), map->language());
  ItemReader result;
  reader.Require({"Resource"});
  const std::string resource = reader.TakeString("Resource").value_or(std::string(kGetObject));
  if (resource == kListObjects) {
    result.source = ItemReader::Source::kList;
  } else if (resource != kGetObject) {
    reader.Error(
        "Resource",
        absl::StrCat("The resource provided ", resource, " is not recognized. The value must be ",
                     std::string(kGetObject), " or ", std::string(kListObjects)));
  }
  const absl::string_view parameters = ParametersField(reader);
  reader.Require({parameters});
  result.parameters = reader.TakeTemplate(parameters, StatesScope::kPlain,
                                          absl::StrCat("ItemReader/", std::string(parameters)));
  if (const Value* config_json = reader.TakeObject("ReaderConfig")) {
    FieldReader config(sink_, *config_json, reader.PointerTo("ReaderConfig"), map->language());
    TakeFormat(&config, &result);
    if (const auto transformation = config.TakeString("Transformation")) {
      if (*transformation != "NONE" && *transformation != "LOAD_AND_FLATTEN") {
        config.RejectValue("Transformation", {"NONE", "LOAD_AND_FLATTEN"});
      }
      result.flattens_list = *transformation == "LOAD_AND_FLATTEN";
    }
    TakeCsvFields(&config, &result);
    result.items_pointer = config.TakeString("ItemsPointer").value_or("");
    result.max_items = config.TakeNumberField("MaxItems", 0, kMaxItems, PathRoots::kNoContext);
    config.RejectUnknown();
  }
  reader.RejectUnknown();
  return result;
}

absl::optional<ItemBatcher> Compiler::CompileItemBatcher(FieldReader* map) {
  const Value* json = map->TakeObject("ItemBatcher");
  if (json == nullptr) return absl::nullopt;
  FieldReader reader(sink_, *json, map->PointerTo("ItemBatcher"), map->language());
  ItemBatcher result;
  result.max_items =
      reader.TakeNumberField("MaxItemsPerBatch", 1, kMaxItems, PathRoots::kNoContext);
  result.max_bytes =
      reader.TakeNumberField("MaxInputBytesPerBatch", 1, kMaxBatchBytes, PathRoots::kNoContext);
  if (!result.max_items.present() && !result.max_bytes.present()) {
    sink_->Schema(reader.pointer(),
                  "You must specify at least one of [MaxItemsPerBatch, MaxInputBytesPerBatch]",
                  "a batch needs a limit");
  }
  result.batch_input =
      reader.TakeTemplate("BatchInput", StatesScope::kPlain, "ItemBatcher/BatchInput");
  reader.RejectUnknown();
  return result;
}

absl::optional<ResultWriter> Compiler::CompileResultWriter(FieldReader* map) {
  const Value* json = map->TakeObject("ResultWriter");
  if (json == nullptr) return absl::nullopt;
  FieldReader reader(sink_, *json, map->PointerTo("ResultWriter"), map->language());
  ResultWriter result;
  const absl::string_view parameters = ParametersField(reader);
  const std::string resource = reader.TakeString("Resource").value_or("");
  if (!resource.empty() && resource != kPutObject) {
    reader.Error("Resource",
                 absl::StrCat("The resource provided ", resource,
                              " is not recognized. The value must be ", std::string(kPutObject)));
  }
  if (json->AsObject().empty()) {
    sink_->Schema(reader.pointer(), "Value cannot be empty",
                  "give Resource and Parameters, a WriterConfig, or all of them");
  }
  if (reader.Has("Resource")) reader.Require({parameters});
  result.parameters = reader.TakeTemplate(parameters, StatesScope::kPlain,
                                          absl::StrCat("ResultWriter/", std::string(parameters)));
  if (result.parameters == nullptr) result.transformation = ResultWriter::Transformation::kCompact;
  if (const Value* config_json = reader.TakeObject("WriterConfig")) {
    FieldReader config(sink_, *config_json, reader.PointerTo("WriterConfig"));
    const std::string type = config.TakeString("OutputType").value_or("JSON");
    if (type != "JSON" && type != "JSONL") {
      config.RejectValue("OutputType", {"JSON", "JSONL"});
    }
    result.as_lines = type == "JSONL";
    const std::string transformation =
        config.TakeString("Transformation")
            .value_or(result.parameters == nullptr ? "COMPACT" : "NONE");
    if (transformation == "COMPACT") {
      result.transformation = ResultWriter::Transformation::kCompact;
    } else if (transformation == "FLATTEN") {
      result.transformation = ResultWriter::Transformation::kFlatten;
    } else if (transformation == "NONE") {
      result.transformation = ResultWriter::Transformation::kAsIs;
    } else {
      config.RejectValue("Transformation", {"NONE", "COMPACT", "FLATTEN"});
    }
    config.RejectUnknown();
  }
  reader.RejectUnknown();
  return result;
}

}  // namespace pawl::asl
