// The table of commands, and the way from the words of the command line to one of them.
#include <csignal>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/text.h"
#include "engine/version.h"

namespace pawl::cli {
namespace {

// The command whose name the words begin with ("machine create" before "machine"), with the number
// of words.
std::pair<const Command*, size_t> FindCommand(const std::vector<std::string>& words) {
  std::string name;
  std::pair<const Command*, size_t> found = {nullptr, 0};
  for (size_t n = 0; n < words.size() && n < 2; ++n) {
    name += (n == 0 ? "" : " ") + words[n];
    for (const Command& command : AllCommands()) {
      if (command.name == name) found = {&command, n + 1};
    }
  }
  return found;
}

ExitCode UnknownCommand(const std::vector<std::string>& words) {
  Console console;
  const std::string typed = words.size() > 1 && IsCommandGroup(words[0])
                                ? absl::StrCat(words[0], " ", words[1])
                                : words[0];
  std::vector<std::string> names;
  for (const Command& command : AllCommands()) names.emplace_back(command.name);
  const std::string nearest = Nearest(typed, names);
  console.Note(absl::StrCat(
      console.note_palette()(Style::kBad, "error: "), "there is no command '", OneLine(typed), "'",
      nearest.empty() ? "" : absl::StrCat("; did you mean '", nearest, "'?")));
  console.Note("  pawl --help lists them all");
  return ExitCode::kUsage;
}

// Global flags before the command are moved behind it, so that `pawl --json list` works.
std::vector<std::string> CommandFirst(const std::vector<std::string>& words) {
  size_t i = 0;
  while (i < words.size() && absl::StartsWith(words[i], "-") && words[i].size() > 1) {
    const bool takes_value = words[i] == "--engine" || words[i] == "--color";
    i += takes_value ? 2 : 1;
  }
  if (i >= words.size()) return words;
  std::vector<std::string> moved(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  // Where there is no such command the flags go to the end, so that the words that were meant as
  // one are the ones that the message names.
  const auto [command, used] = FindCommand(moved);
  const size_t at = command == nullptr ? moved.size() : used;
  moved.insert(moved.begin() + static_cast<std::ptrdiff_t>(at), words.begin(),
               words.begin() + static_cast<std::ptrdiff_t>(i));
  return moved;
}

ExitCode RunCommand(const Command& command, const std::vector<std::string>& words,
                    Connector connect) {
  std::vector<Flag> flags = command.flags;
  flags.insert(flags.end(), GlobalFlags().begin(), GlobalFlags().end());
  absl::StatusOr<Arguments> arguments = ParseArguments(flags, words);
  if (!arguments.ok()) {
    Invocation call(command, Arguments());
    return call.Usage(std::string(arguments.status().message()));
  }
  Invocation call(command, *std::move(arguments), connect);
  if (call.args().Has("help")) {
    call.console().Out(CommandHelp(command, call.console().palette()));
    return ExitCode::kOk;
  }
  const int count = static_cast<int>(call.args().positional().size());
  if (count < command.min_arguments)
    return call.Usage(absl::StrCat("missing: ", command.arguments));
  if (command.max_arguments >= 0 && count > command.max_arguments) {
    return call.Usage(absl::StrCat("'", call.args().positional().back(), "' is one too many"));
  }
  const ExitCode code = command.run(call);
  call.console().Flush();
  return code;
}

}  // namespace

const std::vector<Command>& AllCommands() {
  static const auto* const commands = [] {
    auto* all = new std::vector<Command>();
    for (auto* group :
         {&MachineCommands,    &DeployCommands,   &TestCommands,      &StartCommands,
          &ListCommands,       &ShowCommands,     &HistoryCommands,   &WatchCommands,
          &GraphCommands,      &StopCommands,     &RedriveCommands,   &VersionCommands,
          &MapCommands,        &TaskCommands,     &WorkerCommands,    &ClusterCommands,
          &QuarantineCommands, &ActivityCommands, &TagCommands,       &NamespaceCommands,
          &KeyCommands,        &ConfigCommands,   &CompletionCommands}) {
      for (Command& command : group()) all->push_back(std::move(command));
    }
    return all;
  }();
  return *commands;
}

ExitCode RunPawl(const std::vector<std::string>& given, Connector connect) {
  const std::vector<std::string> words = CommandFirst(given);
  Console console;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    const auto [command, used] = words.size() > 1 && words[0] == "help"
                                     ? FindCommand({words.begin() + 1, words.end()})
                                     : std::pair<const Command*, size_t>{nullptr, 0};
    console.Out(command != nullptr ? CommandHelp(*command, console.palette())
                                   : OverviewHelp(console.palette()));
    return words.empty() ? ExitCode::kUsage : ExitCode::kOk;
  }
  if (words[0] == "--version" || (words[0] == "version" && words.size() == 1)) {
    console.Line(absl::StrCat("pawl ", kVersion));
    return ExitCode::kOk;
  }
  const auto [command, used] = FindCommand(words);
  if (command != nullptr) {
    return RunCommand(*command, {words.begin() + static_cast<std::ptrdiff_t>(used), words.end()},
                      connect);
  }
  if (IsCommandGroup(words[0]) && (words.size() == 1 || words[1] == "--help" || words[1] == "-h")) {
    console.Out(GroupHelp(words[0], console.palette()));
    return words.size() == 1 ? ExitCode::kUsage : ExitCode::kOk;
  }
  return UnknownCommand(words);
}

}  // namespace pawl::cli
