// Where a command writes. Standard output carries what was asked for and nothing else; notes and
// errors go to standard error.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/colour.h"

namespace pawl::cli {

// Thread-compatible.
class Console {
 public:
  explicit Console(ColourMode colour = ColourMode::kAuto);

  // Characters that a terminal acts on are replaced, but for colours, line feeds and tabs
  // (SafeStyledLines): what a command forgets to clean moves no cursor.
  void Out(absl::string_view text);
  void Line(absl::string_view text);  // Out, and a line end
  void Note(absl::string_view text);  // a line on standard error
  void Raw(absl::string_view text);   // as it is: bytes for a file, or moves of the cursor
  void Flush();

  bool is_terminal() const { return is_terminal_; }        // standard output
  bool notes_are_read() const { return notes_are_read_; }  // standard error is a terminal
  // Columns and rows of the terminal; 0 where standard output is none. Asked anew each time.
  int width() const;
  int height() const;

  const Palette& palette() const { return palette_; }            // of standard output
  const Palette& note_palette() const { return note_palette_; }  // of standard error

 private:
  bool is_terminal_;
  bool notes_are_read_;
  Palette palette_;
  Palette note_palette_;
};

}  // namespace pawl::cli
