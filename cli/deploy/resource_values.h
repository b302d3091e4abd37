// What Ref and Fn::GetAtt give for resources of a template: the names, ARNs and URLs that AWS forms.
// Pure.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "cli/deploy/template.h"

namespace pawl::deploy {

enum class RefForm { kName, kArn, kUrl };

struct ResourceKind {
  const char* type;           // "AWS::SQS::Queue"
  const char* name_property;  // "QueueName"
  const char* service;        // of its ARN: "sqs"
  const char* path;           // before the name in its ARN: "table/"
  const char* suffix;         // behind it
  RefForm ref;
  bool has_region;
  bool has_account;
  // Whether the logical id does for the name where the template gives none: nothing but workers and
  // callers of Pawl ever sees it.
  bool is_ours;
};

// nullptr for types that are not known.
const ResourceKind* FindKind(absl::string_view type);

std::string ArnOf(const ResourceKind& kind, const Settings& settings, absl::string_view name);
// "arn:aws:SERVICE:REGION:ACCOUNT:NAME" of a type that is not known: "AWS::SERVICE::Thing".
std::string MadeUpArn(absl::string_view type, const Settings& settings, absl::string_view name);
std::string RefOf(const ResourceKind& kind, const Settings& settings, absl::string_view name);
// nullopt for attributes that are not known.
absl::optional<std::string> AttributeOf(const ResourceKind& kind, const Settings& settings,
                                        absl::string_view name, absl::string_view attribute);

}  // namespace pawl::deploy
