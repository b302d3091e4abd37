#include "cli/command.h"
namespace pawl::cli {
std::vector<Command> GraphCommands() { return {}; }
}  // namespace pawl::cli
