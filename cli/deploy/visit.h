// Internal to cli/deploy: finds circles.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl::deploy {

// One lookup that is under way, for as long as it lives.
class Visit {
 public:
  Visit(std::vector<std::string>* visiting, std::string what) : visiting_(visiting) {
    const auto found = std::find(visiting->begin(), visiting->end(), what);
    if (found != visiting->end()) {
      circle_ = absl::StrCat("these refer to each other in a circle: ",
                             absl::StrJoin(found, visiting->end(), " -> "), " -> ", what);
    }
    visiting_->push_back(std::move(what));
  }
  ~Visit() { visiting_->pop_back(); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // "" where there is none.
  const std::string& circle() const { return circle_; }

 private:
  std::vector<std::string>* const visiting_;
  std::string circle_;
};

}  // namespace pawl::deploy
