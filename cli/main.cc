// `pawl`: the table of commands, help, and the way from the words of the command line to a command.
#include <string>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(pawl::cli::RunPawl(words));
}
