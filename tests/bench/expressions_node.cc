#include "tests/bench/expressions_node.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "engine/value/json.h"

extern char** environ;

namespace pawl::bench {

std::unique_ptr<NodeReference> NodeReference::Start(const std::string& program,
                                                    const std::string& input_json) {
  int to[2];
  int from[2];
  if (pipe(to) != 0 || pipe(from) != 0) return nullptr;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, to[1]);
  posix_spawn_file_actions_addclose(&actions, from[0]);
  std::string name = "node";
  std::string path = program;
  char* const arguments[] = {name.data(), path.data(), nullptr};
  pid_t process = 0;
  const int failed = posix_spawnp(&process, "node", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  FILE* const in = fdopen(to[1], "w");
  FILE* const out = fdopen(from[0], "r");
  if (failed != 0 || in == nullptr || out == nullptr) return nullptr;
  std::unique_ptr<NodeReference> reference(new NodeReference(process, in, out));
  std::fprintf(in, "%s\n", input_json.c_str());
  return reference->Measure("1") > 0 ? std::move(reference) : nullptr;
}

NodeReference::~NodeReference() {
  std::fclose(to_);  // node ends with its input
  std::fclose(from_);
  waitpid(process_, nullptr, 0);
}

double NodeReference::Measure(const std::string& expression) {
  std::string line;
  AppendJsonString(expression, &line);
  std::fprintf(to_, "%s\n", line.c_str());
  std::fflush(to_);
  char answer[64];
  return std::fgets(answer, sizeof(answer), from_) == nullptr ? 0 : std::atof(answer);
}

}  // namespace pawl::bench
