// Help texts, made from the table of commands.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/colour.h"
#include "cli/command.h"

namespace pawl::cli {

std::string OverviewHelp(const Palette& paint);
std::string GroupHelp(const std::string& group, const Palette& paint);  // "machine"
std::string CommandHelp(const Command& command, const Palette& paint);

// "machine" of "machine create".
bool IsCommandGroup(const std::string& word);

}  // namespace pawl::cli
