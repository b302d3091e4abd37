// A command of `pawl`, as data, and what it runs with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/console.h"
#include "cli/engine_client.h"
#include "cli/exit_code.h"
#include "cli/flags.h"

namespace pawl::cli {

class Invocation;

struct Example {
  const char* command;
  const char* comment;
};

struct Command {
  const char* name;       // "machine create"
  const char* arguments;  // "[NAME] FILE"
  const char* summary;
  const char* details;  // paragraphs for --help; may be ""
  int min_arguments;
  int max_arguments;  // -1: any number
  std::vector<Flag> flags;
  std::vector<Example> examples;
  ExitCode (*run)(Invocation& call);
};

// The flags that every command takes.
const std::vector<Flag>& GlobalFlags();

// How a command gets at the engine: ConnectEngine, or a test's fake.
using Connector = std::unique_ptr<EngineClient> (*)(const absl::StatusOr<ConnectOptions>& options);

// One run of a command. Thread-compatible.
class Invocation {
 public:
  Invocation(const Command& command, Arguments arguments, Connector connect = &ConnectEngine);

  const Command& command() const { return command_; }
  const Arguments& args() const { return arguments_; }
  Console& console() { return console_; }
  bool wants_json() const { return arguments_.Has("json"); }
  // How to reach the engine; InvalidArgument for flags, variables or a context that do not fit.
  const absl::StatusOr<ConnectOptions>& connection() const { return connection_; }
  // "HOST:PORT"; "" where connection() is wrong.
  std::string engine_address() const;

  // Connects when first called.
  EngineClient& engine();
  // The same with texts as they are stored: to compare them, not to print them.
  EngineClient& raw_engine();

  // Says on standard error why it did not work; the code for the shell.
  ExitCode Refuse(const absl::Status& status);
  // The command line is wrong.
  ExitCode Usage(const std::string& problem);

 private:
  const Command& command_;
  const Connector connect_;
  const Arguments arguments_;
  const absl::StatusOr<ConnectOptions> connection_;
  Console console_;
  std::unique_ptr<EngineClient> engine_;
  std::unique_ptr<EngineClient> raw_engine_;
};

// One per command group, in the order of `pawl --help`.
std::vector<Command> MachineCommands();
std::vector<Command> DeployCommands();
std::vector<Command> TestCommands();
std::vector<Command> StartCommands();
std::vector<Command> ListCommands();
std::vector<Command> ShowCommands();
std::vector<Command> HistoryCommands();
std::vector<Command> WatchCommands();
std::vector<Command> StopCommands();
std::vector<Command> RedriveCommands();
std::vector<Command> VersionCommands();
std::vector<Command> MapCommands();
std::vector<Command> TaskCommands();
std::vector<Command> GraphCommands();
std::vector<Command> WorkerCommands();
std::vector<Command> ClusterCommands();
std::vector<Command> QuarantineCommands();
std::vector<Command> ActivityCommands();
std::vector<Command> TagCommands();
std::vector<Command> NamespaceCommands();
std::vector<Command> KeyCommands();
std::vector<Command> ConfigCommands();
std::vector<Command> CompletionCommands();

// All of them.
const std::vector<Command>& AllCommands();

// What main does with its arguments.
ExitCode RunPawl(const std::vector<std::string>& words, Connector connect = &ConnectEngine);

}  // namespace pawl::cli
