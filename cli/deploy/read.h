// What people bring, whatever made it: files in, machines out. Pure but for `files`.
//
//   deploy::Bundle bundle;
//   std::vector<std::string> problems;
//   deploy::Read("shop/template.yaml", options, files, &bundle, &problems);
//
// Forms: CloudFormation and SAM templates, the CDK's cdk.out, serverless.yml with
// serverless-step-functions, a folder of *.asl.json and *.asl.yaml, one definition.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/deploy/bundle.h"
#include "cli/deploy/files.h"

namespace pawl::deploy {

struct ReadOptions {
  std::string region = "us-east-1";
  std::string account = "000000000000";
  std::string stack = {};                    // "" = as the form names it, or after the path
  std::vector<std::string> parameters = {};  // NAME=VALUE
};

// True where nothing is wrong; otherwise `problems` has everything that is, each with its place, and
// the bundle is not to be used.
bool Read(const std::string& path, const ReadOptions& options, const Files& files, Bundle* bundle,
          std::vector<std::string>* problems);

// Whether a file of that name in a folder is a definition: *.asl.json, *.asl.yaml, *.asl.yml.
bool IsDefinitionName(absl::string_view name);

}  // namespace pawl::deploy
