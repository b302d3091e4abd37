#include "cli/yaml/mapping.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::yaml {

absl::Status Invalid(const YamlPlace& place, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid YAML at line ", place.line, ", column ", place.column, ": ", problem));
}

absl::Status Mapping::Add(const std::string& key, const YamlPlace& key_place, Value value,
                          PlacePtr place) {
  const auto [it, is_new] = index_.emplace(key, members_.size());
  if (is_new) {
    members_.emplace_back(key, std::move(value));
    places_.push_back(std::move(place));
    keys_.push_back({key_place});
    return absl::OkStatus();
  }
  const size_t i = it->second;
  if (!keys_[i].is_merged) {
    return Invalid(key_place, absl::StrCat("the key '", key, "' occurs twice; it stands at line ",
                                           keys_[i].place.line, " already"));
  }
  members_[i].second = std::move(value);
  places_[i] = std::move(place);
  keys_[i] = {key_place};
  return absl::OkStatus();
}

absl::Status Mapping::Merge(const Value& value, const YamlPlace& place) {
  size_t i = 0;
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      const YamlPlace& part = *place.children[i++];
      if (!element.is_object()) return Invalid(part, "<< takes a mapping or a list of them");
      if (absl::Status status = Merge(element, part); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  if (!value.is_object()) return Invalid(place, "<< takes a mapping or a list of them");
  for (const auto& [key, member] : value.AsObject()) {
    const PlacePtr& member_place = place.children[i++];
    if (!index_.emplace(key, members_.size()).second) continue;
    members_.emplace_back(key, member);
    places_.push_back(member_place);
    keys_.push_back({{member_place->line, member_place->column}, true});
  }
  return absl::OkStatus();
}

}  // namespace pawl::yaml
