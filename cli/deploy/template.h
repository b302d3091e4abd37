// A CloudFormation template, or what stands for one, with the places of its values.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/yaml/document.h"
#include "engine/asl/locate.h"
#include "engine/value/value.h"

namespace pawl::deploy {

struct Template {
  Value root;  // Parameters, Mappings, Conditions, Resources...
  std::string path;
  std::string text;
  // Where the value stands in `text` that a JSON pointer into `root` names.
  std::function<asl::TextPosition(const std::string& pointer)> locate;

  // "template.yaml:12:7"
  std::string Where(const std::string& pointer) const {
    const asl::TextPosition position = locate(pointer);
    return absl::StrCat(path, ":", position.line, ":", position.column);
  }
};

// The template that `document` is.
Template TemplateOf(Document document);

// "PATH/NAME" with the name escaped as JSON pointers have it.
std::string Within(const std::string& pointer, absl::string_view name);

// What AWS::Region and such stand for.
struct Settings {
  std::string region = "us-east-1";
  std::string account = "000000000000";
  std::string stack;
};

}  // namespace pawl::deploy
