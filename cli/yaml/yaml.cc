#include "cli/yaml/yaml.h"

#include <yaml.h>

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/yaml/mapping.h"
#include "cli/yaml/scalar.h"

namespace pawl {
namespace {

using yaml::Invalid;
using yaml::Mapping;
using yaml::PlacePtr;

// A value that has been read.
struct Node {
  Value value;
  PlacePtr place;
  size_t count = 1;  // of nodes, with what aliases stand for
};

// A mapping or a sequence that is being read.
struct Frame {
  bool is_mapping = false;
  std::string anchor;
  std::string tag;
  YamlPlace place;
  size_t count = 1;
  Value::Elements elements;
  Mapping members;
  bool has_key = false;
  bool is_merge = false;
  std::string key;
  YamlPlace key_place;
};

// An event of libyaml, freed with its scope.
class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_ = {};
};

std::string Text(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

YamlPlace PlaceOf(const yaml_mark_t& mark) {
  return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

absl::Status Exhausted(const YamlPlace& place, absl::string_view problem) {
  return absl::ResourceExhaustedError(
      absl::StrCat("YAML at line ", place.line, ", column ", place.column, ": ", problem));
}

// Builds the value without recursion: what is open stands in `frames_`.
class Builder {
 public:
  Builder(absl::string_view text, const YamlOptions& options) : options_(options) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Builder() { yaml_parser_delete(&parser_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  absl::StatusOr<YamlDocument> Run();

 private:
  absl::Status Next(Event* event);
  absl::Status Take(const yaml_event_t& event);
  absl::Status Open(bool is_mapping, const yaml_char_t* anchor, const yaml_char_t* tag,
                    const YamlPlace& place);
  absl::Status Close();
  absl::Status Scalar(const yaml_event_t& event);
  absl::StatusOr<Value> ScalarValue(const yaml_event_t& event, std::string text) const;
  absl::Status Alias(const yaml_event_t& event);
  absl::Status Finish(Node node, const std::string& tag, const std::string& anchor);
  absl::Status Key(std::string key, bool is_plain, const YamlPlace& place);
  absl::Status Add(Node node);
  absl::Status CheckNode(const Node& node) const;

  const YamlOptions& options_;
  yaml_parser_t parser_ = {};
  std::vector<Frame> frames_;
  absl::flat_hash_map<std::string, Node> anchors_;
  size_t count_ = 0;  // of all nodes so far
  Node root_;
  bool has_root_ = false;
};

absl::Status Builder::Next(Event* event) {
  if (yaml_parser_parse(&parser_, event->get()) == 1) return absl::OkStatus();
  if (parser_.error == YAML_MEMORY_ERROR)
    return absl::ResourceExhaustedError("YAML: out of memory");
  const std::string problem = parser_.problem == nullptr ? "cannot be read" : parser_.problem;
  if (parser_.error == YAML_READER_ERROR) {
    return Invalid(PlaceOf(parser_.mark), absl::StrCat(problem, "; the text must be UTF-8"));
  }
  std::string context;
  if (parser_.context != nullptr) {
    context = absl::StrCat(" (", parser_.context, " that begins at line ",
                           parser_.context_mark.line + 1, ")");
  }
  const char* remedy =
      absl::StrContains(problem, "cannot start any token")
          ? "; indent with blanks, not tabs, and put text that begins with @, ` or % into quotes"
          : "";
  return Invalid(PlaceOf(parser_.problem_mark), absl::StrCat(problem, context, remedy));
}

absl::StatusOr<YamlDocument> Builder::Run() {
  int documents = 0;
  while (true) {
    Event event;
    if (absl::Status status = Next(&event); !status.ok()) return status;
    if (event->type == YAML_STREAM_END_EVENT) break;
    if (event->type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
      return Invalid(PlaceOf(event->start_mark),
                     "a second document begins here; give each document a file of its own");
    }
    if (absl::Status status = Take(*event.get()); !status.ok()) return status;
  }
  if (!has_root_) return absl::InvalidArgumentError("invalid YAML: the text is empty");
  return YamlDocument{root_.value, root_.place};
}

absl::Status Builder::Take(const yaml_event_t& event) {
  const YamlPlace place = PlaceOf(event.start_mark);
  switch (event.type) {
    case YAML_SCALAR_EVENT:
      return Scalar(event);
    case YAML_ALIAS_EVENT:
      return Alias(event);
    case YAML_MAPPING_START_EVENT:
      return Open(true, event.data.mapping_start.anchor, event.data.mapping_start.tag, place);
    case YAML_SEQUENCE_START_EVENT:
      return Open(false, event.data.sequence_start.anchor, event.data.sequence_start.tag, place);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
      return Close();
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Builder::Open(bool is_mapping, const yaml_char_t* anchor, const yaml_char_t* tag,
                           const YamlPlace& place) {
  if (!frames_.empty() && frames_.back().is_mapping && !frames_.back().has_key) {
    return Invalid(place, "a key must be a text, a number or a boolean, not a list or a mapping");
  }
  if (frames_.size() >= options_.max_depth) {
    return Exhausted(place, absl::StrCat("nested more than ", options_.max_depth, " deep"));
  }
  Frame frame;
  frame.is_mapping = is_mapping;
  frame.anchor = Text(anchor);
  frame.tag = Text(tag);
  frame.place = place;
  frames_.push_back(std::move(frame));
  return absl::OkStatus();
}

absl::Status Builder::Close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Node node;
  node.count = frame.count;
  if (frame.is_mapping) {
    node.value = frame.members.TakeValue();
    frame.place.children = frame.members.TakePlaces();
  } else {
    node.value = Value::Array(std::move(frame.elements));
  }
  node.place = std::make_shared<YamlPlace>(std::move(frame.place));
  return Finish(std::move(node), frame.tag, frame.anchor);
}

absl::StatusOr<Value> Builder::ScalarValue(const yaml_event_t& event, std::string text) const {
  const auto& scalar = event.data.scalar;
  const std::string tag = Text(scalar.tag);
  if (absl::StartsWith(tag, "tag:yaml.org,2002:")) return yaml::ResolveTagged(tag, text);
  // What a tag of CloudFormation stands before is text: !Ref 007, !Sub "...".
  if (!tag.empty() || scalar.style != YAML_PLAIN_SCALAR_STYLE) {
    return Value::String(std::move(text));
  }
  return yaml::ResolvePlain(text);
}

absl::Status Builder::Scalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  const YamlPlace place = PlaceOf(event.start_mark);
  std::string text(reinterpret_cast<const char*>(scalar.value), scalar.length);
  if (options_.rewrite != nullptr) {
    absl::StatusOr<std::string> rewritten = options_.rewrite(text);
    if (!rewritten.ok()) return Invalid(place, std::string(rewritten.status().message()));
    text = *std::move(rewritten);
  }
  if (!frames_.empty() && frames_.back().is_mapping && !frames_.back().has_key) {
    if (absl::Status status = Key(std::move(text), scalar.style == YAML_PLAIN_SCALAR_STYLE, place);
        !status.ok()) {
      return status;
    }
    if (scalar.anchor == nullptr) return absl::OkStatus();
    anchors_[Text(scalar.anchor)] = {Value::String(frames_.back().key),
                                     std::make_shared<YamlPlace>(place)};
    return absl::OkStatus();
  }
  absl::StatusOr<Value> value = ScalarValue(event, std::move(text));
  if (!value.ok()) return Invalid(place, std::string(value.status().message()));
  std::string tag = Text(scalar.tag);
  if (absl::StartsWith(tag, "tag:yaml.org,2002:")) tag.clear();
  return Finish({*std::move(value), std::make_shared<YamlPlace>(place)}, tag, Text(scalar.anchor));
}

absl::Status Builder::Alias(const yaml_event_t& event) {
  const YamlPlace place = PlaceOf(event.start_mark);
  const std::string name = Text(event.data.alias.anchor);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    return Invalid(place, absl::StrCat("*", name, " stands for nothing: no &", name,
                                       " is complete before it"));
  }
  if (!frames_.empty() && frames_.back().is_mapping && !frames_.back().has_key) {
    if (!found->second.value.is_string()) {
      return Invalid(place, "a key must be a text, a number or a boolean");
    }
    return Key(found->second.value.AsString(), false, place);
  }
  const Node& node = found->second;
  count_ += node.count;
  if (count_ > options_.max_nodes) {
    return Exhausted(place, absl::StrCat("the aliases stand for more than ", options_.max_nodes,
                                         " values; write out what is needed"));
  }
  return Add({node.value, node.place, node.count});
}

absl::Status Builder::Finish(Node node, const std::string& tag, const std::string& anchor) {
  const YamlPlace here = {node.place->line, node.place->column};
  if (++count_ > options_.max_nodes) {
    return Exhausted(here, absl::StrCat("more than ", options_.max_nodes, " values"));
  }
  const bool is_yamls = absl::StartsWith(tag, "tag:yaml.org,2002:") || tag == "!";
  const bool is_plain_container = tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq";
  if (is_yamls && !is_plain_container && tag != "!") {
    return Invalid(here, absl::StrCat("the tag ", tag, " has no meaning in JSON; take it away"));
  }
  if (!tag.empty() && !is_yamls) {
    if (!options_.has_cloudformation_tags) {
      return Invalid(here, absl::StrCat("the tag ", tag,
                                        " has a meaning in templates only, not in a definition"));
    }
    const bool is_split = node.value.is_string() && tag == "!GetAtt";
    absl::StatusOr<Value> expanded = yaml::ExpandCloudFormationTag(tag, std::move(node.value));
    if (!expanded.ok()) return Invalid(here, std::string(expanded.status().message()));
    YamlPlace outer = here;
    outer.children.push_back(is_split ? std::make_shared<YamlPlace>(here) : node.place);
    node = {*std::move(expanded), std::make_shared<YamlPlace>(std::move(outer)), node.count + 1};
  }
  if (!anchor.empty()) anchors_[anchor] = node;
  return Add(std::move(node));
}

absl::Status Builder::Key(std::string key, bool is_plain, const YamlPlace& place) {
  Frame& frame = frames_.back();
  if (is_plain && key.empty()) return Invalid(place, "a key is missing before the colon");
  frame.has_key = true;
  frame.is_merge = is_plain && key == "<<";
  frame.key = std::move(key);
  frame.key_place = place;
  return absl::OkStatus();
}

absl::Status Builder::CheckNode(const Node& node) const {
  if (node.value.depth() + frames_.size() <= options_.max_depth) return absl::OkStatus();
  return Exhausted(*node.place, absl::StrCat("nested more than ", options_.max_depth, " deep"));
}

absl::Status Builder::Add(Node node) {
  if (absl::Status status = CheckNode(node); !status.ok()) return status;
  if (frames_.empty()) {
    root_ = std::move(node);
    has_root_ = true;
    return absl::OkStatus();
  }
  Frame& frame = frames_.back();
  frame.count += node.count;
  if (!frame.is_mapping) {
    frame.elements.push_back(std::move(node.value));
    frame.place.children.push_back(std::move(node.place));
    return absl::OkStatus();
  }
  frame.has_key = false;
  if (frame.is_merge) return frame.members.Merge(node.value, *node.place);
  return frame.members.Add(frame.key, frame.key_place, std::move(node.value),
                           std::move(node.place));
}

}  // namespace

absl::StatusOr<YamlDocument> ParseYaml(absl::string_view text, const YamlOptions& options) {
  if (text.size() > options.max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the YAML text has ", text.size(), " bytes, more than ", options.max_bytes));
  }
  return Builder(text, options).Run();
}

const YamlPlace& LocateYaml(const YamlDocument& document, const std::vector<std::string>& path) {
  const YamlPlace* place = document.place.get();
  const Value* value = &document.value;
  for (const std::string& token : path) {
    size_t index = 0;
    if (value->is_object()) {
      const Value* child = value->Find(token);
      if (child == nullptr) break;
      for (const auto& [name, member] : value->AsObject()) {
        if (&member == child) break;
        ++index;
      }
      value = child;
    } else if (value->is_array()) {
      if (!absl::SimpleAtoi(token, &index) || index >= value->AsArray().size()) break;
      value = &value->AsArray()[index];
    } else {
      break;
    }
    // A value that was made of one text, as of !GetAtt, has one place.
    if (index >= place->children.size()) break;
    place = place->children[index].get();
  }
  return *place;
}

}  // namespace pawl
