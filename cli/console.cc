#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

bool ColourOf(ColourMode mode, bool is_terminal) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program sets the environment
  return WantsColour(mode, is_terminal, std::getenv("NO_COLOR"), std::getenv("TERM"));
}

winsize TerminalSize() {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  return size;
}

void Write(std::FILE* file, absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

Console::Console(ColourMode colour)
    : is_terminal_(isatty(STDOUT_FILENO) == 1),
      notes_are_read_(isatty(STDERR_FILENO) == 1),
      palette_(ColourOf(colour, is_terminal_)),
      note_palette_(ColourOf(colour, notes_are_read_)) {}

void Console::Out(absl::string_view text) { Write(stdout, SafeStyledLines(text)); }

void Console::Raw(absl::string_view text) { Write(stdout, text); }

void Console::Line(absl::string_view text) {
  Out(text);
  Write(stdout, "\n");
}

void Console::Note(absl::string_view text) {
  std::fflush(stdout);  // so that both streams read in order on a terminal
  Write(stderr, SafeStyledLines(text));
  Write(stderr, "\n");
}

void Console::Flush() { std::fflush(stdout); }

int Console::width() const { return is_terminal_ ? TerminalSize().ws_col : 0; }
int Console::height() const { return is_terminal_ ? TerminalSize().ws_row : 0; }

}  // namespace pawl::cli
