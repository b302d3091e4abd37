// Internal to cli/yaml: a mapping while it is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/yaml/yaml.h"
#include "engine/value/value.h"

namespace pawl::yaml {

using PlacePtr = std::shared_ptr<const YamlPlace>;

// "invalid YAML at line 3, column 5: ..."
absl::Status Invalid(const YamlPlace& place, absl::string_view problem);

// Members in the order in which they came. What a merge key adds gives way to what is written, wherever
// that stands.
class Mapping {
 public:
  // InvalidArgument where the key was written before; it names both places.
  absl::Status Add(const std::string& key, const YamlPlace& key_place, Value value, PlacePtr place);
  // The value of a merge key: a mapping, or a list of them of which the first counts.
  absl::Status Merge(const Value& value, const YamlPlace& place);

  Value TakeValue() { return Value::Object(std::move(members_)); }
  std::vector<PlacePtr> TakePlaces() { return std::move(places_); }

 private:
  struct Key {
    YamlPlace place;
    bool is_merged = false;
  };

  Value::Members members_;
  // In the order of the members.
  std::vector<PlacePtr> places_;
  std::vector<Key> keys_;
  absl::flat_hash_map<std::string, size_t> index_;
};

}  // namespace pawl::yaml
