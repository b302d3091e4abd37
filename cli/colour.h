// Colour, where people read: on a terminal, unless NO_COLOR is set (https://no-color.org) or
// --color says otherwise.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace pawl::cli {

// What a piece of text means; the palette decides how that looks.
enum class Style {
  kPlain,
  kBold,
  kDim,      // of secondary interest, not reached yet
  kGood,     // succeeded
  kRunning,  // in progress
  kBad,      // failed
  kWarn,     // caught, retried, a warning
  kAccent,   // names that can be typed
};

enum class ColourMode { kAuto, kAlways, kNever };

// `no_color` is the environment's NO_COLOR (nullptr: not set), `term` its TERM.
bool WantsColour(ColourMode mode, bool is_terminal, const char* no_color, const char* term);

// A value; thread-safe.
class Palette {
 public:
  explicit Palette(bool is_on = false) : is_on_(is_on) {}
  bool is_on() const { return is_on_; }
  // `text` in the style's colours; as it is where colour is off.
  std::string operator()(Style style, absl::string_view text) const;

 private:
  bool is_on_;
};

}  // namespace pawl::cli
