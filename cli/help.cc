#include "cli/help.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string Usage(const Command& command) {
  return absl::StrCat("pawl ", command.name, *command.arguments == '\0' ? "" : " ",
                      command.arguments);
}

std::string Summaries(const std::string& prefix, const Palette& paint) {
  size_t width = 0;
  for (const Command& command : AllCommands()) {
    if (absl::StartsWith(command.name, prefix)) {
      width = std::max(width, Usage(command).size() - 5);
    }
  }
  width = std::min<size_t>(width, 36);
  std::string out;
  for (const Command& command : AllCommands()) {
    if (!absl::StartsWith(command.name, prefix)) continue;
    const std::string usage = Usage(command).substr(5);
    const std::string name = command.name;
    absl::StrAppend(&out, "  ", paint(Style::kAccent, name),
                    Pad(usage.substr(name.size()), static_cast<int>(width - name.size())), "  ",
                    command.summary, "\n");
  }
  return out;
}

}  // namespace

bool IsCommandGroup(const std::string& word) {
  return std::any_of(AllCommands().begin(), AllCommands().end(), [&](const Command& command) {
    return absl::StartsWith(command.name, word + " ");
  });
}

std::string OverviewHelp(const Palette& paint) {
  const auto head = [&](const char* text) {
    return absl::StrCat("\n", paint(Style::kBold, text), "\n");
  };
  std::string out = absl::StrCat(
      paint(Style::kBold, "pawl"),
      ": state machines and their executions, from the command line.\n", head("Usage"),
      "  pawl COMMAND [ARGUMENT...] [FLAG...]\n", head("Commands"), Summaries("", paint),
      head("The first workflow"),
      "  pawl-engine &                                       an engine, in ./pawl-data\n"
      "  pawl machine create hello.asl.json                  a state machine, named after its "
      "file\n"
      "  pawl worker --exec Greet=./greet.sh &               any program is a worker\n"
      "  pawl start hello --input '{\"who\":\"you\"}' --wait     run it, print the output\n",
      head("Names"),
      "  A state machine is its name or ARN; an execution is MACHINE/NAME or its ARN.\n",
      head("Flags of every command"), FlagHelp(GlobalFlags()),
      "      --version                   print the version\n", head("Exit codes"), ExitCodeHelp(),
      "\npawl COMMAND --help says more, with examples.\n");
  return out;
}

std::string GroupHelp(const std::string& group, const Palette& paint) {
  return absl::StrCat(paint(Style::kBold, "Commands"), "\n", Summaries(group + " ", paint),
                      "\npawl ", group, " COMMAND --help says more, with examples.\n");
}

std::string CommandHelp(const Command& command, const Palette& paint) {
  const auto head = [&](const char* text) {
    return absl::StrCat("\n", paint(Style::kBold, text), "\n");
  };
  std::string out = absl::StrCat(command.summary, "\n", head("Usage"), "  ", Usage(command),
                                 command.flags.empty() ? "" : " [FLAG...]", "\n");
  if (*command.details != '\0') absl::StrAppend(&out, "\n", command.details, "\n");
  if (!command.examples.empty()) {
    absl::StrAppend(&out, head("Examples"));
    for (const Example& example : command.examples) {
      absl::StrAppend(&out, "  ", paint(Style::kDim, absl::StrCat("# ", example.comment)), "\n  ",
                      paint(Style::kAccent, example.command), "\n");
    }
  }
  if (!command.flags.empty()) absl::StrAppend(&out, head("Flags"), FlagHelp(command.flags));
  absl::StrAppend(&out, head("Flags of every command"), FlagHelp(GlobalFlags()));
  return out;
}

}  // namespace pawl::cli
