// pawl completion bash|zsh|fish
#include "cli/completion.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"

namespace pawl::cli {
namespace {

std::vector<std::string> Words(absl::string_view name) { return absl::StrSplit(name, ' '); }

// First words ("machine", "start"), or what follows `group`.
std::string CommandWords(const std::string& group) {
  std::vector<std::string> found;
  for (const Command& command : AllCommands()) {
    const std::vector<std::string> words = Words(command.name);
    const std::string word = group.empty()                           ? words[0]
                             : words.size() > 1 && words[0] == group ? words[1]
                                                                     : "";
    if (!word.empty() && (found.empty() || found.back() != word)) found.push_back(word);
  }
  return absl::StrJoin(found, " ");
}

std::string FlagWords(const Command& command) {
  std::vector<std::string> words;
  for (const auto* flags : {&command.flags, &GlobalFlags()}) {
    for (const Flag& flag : *flags) words.push_back(absl::StrCat("--", flag.name));
  }
  return absl::StrJoin(words, " ");
}

// What a command's arguments are: "machine", "execution", "file" or "".
std::string ArgumentKind(const Command& command) {
  const absl::string_view arguments = command.arguments;
  if (absl::StrContains(arguments, "EXECUTION")) return "execution";
  if (absl::StrContains(arguments, "FILE") || absl::StrContains(arguments, "PATH")) return "file";
  if (absl::StrContains(arguments, "MACHINE") || absl::StartsWith(command.name, "machine "))
    return "machine";
  return "";
}

std::string Choices(const Flag& flag) {
  if (flag.kind == Flag::Kind::kChoice) return absl::StrReplaceAll(flag.value_name, {{"|", " "}});
  return "";
}

// zsh runs the bash completion, which its bashcompinit is for: one script to keep right.
constexpr char kZshHead[] =
    "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n";

std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "\\'"}}), "'");
}

std::string ChoiceCases() {
  std::string out;
  std::vector<std::string> done;
  for (const Command& command : AllCommands()) {
    for (const auto* flags : {&command.flags, &GlobalFlags()}) {
      for (const Flag& flag : *flags) {
        if (flag.kind != Flag::Kind::kChoice) continue;
        const std::string line = absl::StrCat("    --", flag.name, ") COMPREPLY=($(compgen -W \"",
                                              Choices(flag), "\" -- \"$cur\")); return ;;\n");
        if (absl::StrContains(out, line)) continue;
        out += line;
      }
    }
  }
  return out;
}

}  // namespace

std::string BashCompletion() {
  std::string out =
      "# bash completion for pawl. Load it with:  source <(pawl completion bash)\n"
      "_pawl() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command=${COMP_WORDS[1]} flags= kind=\n"
      "  COMPREPLY=()\n"
      "  case $prev in\n";
  absl::StrAppend(
      &out, ChoiceCases(),
      "    --input|--output|--details) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
      "    --machine) COMPREPLY=($(compgen -W \"$(pawl machine list --names 2>/dev/null)\" -- "
      "\"$cur\")); return ;;\n"
      "  esac\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W \"",
      CommandWords(""), "\" -- \"$cur\")); return\n  fi\n");
  for (const char* group : {"machine", "task"}) {
    absl::StrAppend(&out, "  if [[ $command == ", group, " ]]; then\n",
                    "    if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W \"",
                    CommandWords(group), "\" -- \"$cur\")); return; fi\n    command=\"", group,
                    " ${COMP_WORDS[2]}\"\n  fi\n");
  }
  absl::StrAppend(&out, "  case $command in\n");
  for (const Command& command : AllCommands()) {
    absl::StrAppend(&out, "    \"", command.name, "\") flags=\"", FlagWords(command),
                    "\" kind=", ArgumentKind(command), " ;;\n");
  }
  absl::StrAppend(
      &out,
      "  esac\n"
      "  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")); return; fi\n"
      "  case $kind in\n"
      "    machine) COMPREPLY=($(compgen -W \"$(pawl machine list --names 2>/dev/null)\" -- "
      "\"$cur\")) ;;\n"
      "    execution) COMPREPLY=($(compgen -W \"$(pawl list --names --limit 100 2>/dev/null)\" -- "
      "\"$cur\")) ;;\n"
      "    file) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _pawl pawl\n");
  return out;
}

std::string ZshCompletion() {
  return absl::StrCat("# zsh completion for pawl. Load it with:  source <(pawl completion zsh)\n",
                      kZshHead, BashCompletion());
}

std::string FishCompletion() {
  std::string out =
      "# fish completion for pawl. Load it with:  pawl completion fish | source\n"
      "complete -c pawl -f\n";
  for (const Command& command : AllCommands()) {
    const std::vector<std::string> words = Words(command.name);
    std::string here = absl::StrCat("__fish_seen_subcommand_from ", words[0]);
    if (words.size() > 1) {
      absl::StrAppend(&out, "complete -c pawl -n '", here, "; and not __fish_seen_subcommand_from ",
                      CommandWords(words[0]), "' -a ", words[1], " -d ", Quoted(command.summary),
                      "\n");
      absl::StrAppend(&here, "; and __fish_seen_subcommand_from ", words[1]);
    } else {
      absl::StrAppend(&out, "complete -c pawl -n __fish_use_subcommand -a ", words[0], " -d ",
                      Quoted(command.summary), "\n");
    }
    for (const auto* flags : {&command.flags, &GlobalFlags()}) {
      for (const Flag& flag : *flags) {
        absl::StrAppend(&out, "complete -c pawl -n '", here, "' -l ", flag.name,
                        flag.letter != 0 ? absl::StrCat(" -s ", std::string(1, flag.letter)) : "",
                        flag.kind == Flag::Kind::kSwitch ? "" : " -r",
                        Choices(flag).empty() ? "" : absl::StrCat(" -a ", Quoted(Choices(flag))),
                        " -d ", Quoted(flag.help), "\n");
      }
    }
    const std::string kind = ArgumentKind(command);
    if (kind == "file") absl::StrAppend(&out, "complete -c pawl -n '", here, "' -F\n");
    if (kind == "machine")
      absl::StrAppend(&out, "complete -c pawl -n '", here,
                      "' -a '(pawl machine list --names 2>/dev/null)'\n");
    if (kind == "execution")
      absl::StrAppend(&out, "complete -c pawl -n '", here,
                      "' -a '(pawl list --names --limit 100 2>/dev/null)'\n");
  }
  for (const char* group : {"machine", "task"}) {
    absl::StrAppend(&out, "complete -c pawl -n __fish_use_subcommand -a ", group, "\n");
  }
  return out;
}

namespace {

ExitCode Completion(Invocation& call) {
  const std::string shell = call.args().At(0);
  if (shell == "bash") {
    call.console().Out(BashCompletion());
  } else if (shell == "zsh") {
    call.console().Out(ZshCompletion());
  } else if (shell == "fish") {
    call.console().Out(FishCompletion());
  } else {
    return call.Usage(absl::StrCat("'", shell, "' is none of bash, zsh, fish"));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> CompletionCommands() {
  return {{"completion",
           "bash|zsh|fish",
           "a script that completes commands, flags and names",
           "",
           1,
           1,
           {},
           {{"source <(pawl completion bash)", "in ~/.bashrc"},
            {"source <(pawl completion zsh)", "in ~/.zshrc"},
            {"pawl completion fish > ~/.config/fish/completions/pawl.fish", "once"}},
           &Completion}};
}

}  // namespace pawl::cli
