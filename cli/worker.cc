#include "cli/command.h"
namespace pawl::cli {
std::vector<Command> WorkerCommands() { return {}; }
}  // namespace pawl::cli
