#include "cli/command.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/safe_engine_client.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr char kDefaultEngine[] = "127.0.0.1:7233";

ColourMode ColourOf(const Arguments& arguments) {
  const std::string mode = arguments.Text("color", "auto");
  if (mode == "always") return ColourMode::kAlways;
  return mode == "never" ? ColourMode::kNever : ColourMode::kAuto;
}

std::string AddressOf(const Arguments& arguments) {
  if (arguments.Has("engine")) return arguments.Text("engine");
  const char* variable = std::getenv("PAWL_ENGINE");  // NOLINT(concurrency-mt-unsafe): never set
  return variable != nullptr && *variable != '\0' ? variable : kDefaultEngine;
}

}  // namespace

const std::vector<Flag>& GlobalFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"engine", Flag::Kind::kText, "HOST:PORT",
       "the engine to ask (or PAWL_ENGINE) [127.0.0.1:7233]"},
      {"json", Flag::Kind::kSwitch, "", "print JSON, for programs"},
      {"color", Flag::Kind::kChoice, "auto|always|never", "auto: on a terminal, unless NO_COLOR"},
      {"help", Flag::Kind::kSwitch, "", "explain the command", 'h'},
  };
  return *flags;
}

Invocation::Invocation(const Command& command, Arguments arguments, Connector connect)
    : command_(command),
      connect_(connect),
      arguments_(std::move(arguments)),
      address_(AddressOf(arguments_)),
      console_(ColourOf(arguments_)) {}

EngineClient& Invocation::engine() {
  if (engine_ == nullptr) {
    engine_ = connect_(address_);
    // JSON escapes what a terminal would act on; in text for people nothing of it is left.
    if (!wants_json()) engine_ = SafeForTerminals(std::move(engine_));
  }
  return *engine_;
}

EngineClient& Invocation::raw_engine() {
  if (raw_engine_ == nullptr) raw_engine_ = connect_(address_);
  return *raw_engine_;
}

ExitCode Invocation::Refuse(const absl::Status& status) {
  const Palette& paint = console_.note_palette();
  const std::string message = OneLine(std::string(status.message()));
  if (absl::IsUnavailable(status)) {
    console_.Note(absl::StrCat(paint(Style::kBad, "error: "), "the engine at ", address_,
                               " does not answer: ", message));
    console_.Note(absl::StrCat("  start one with:  ", paint(Style::kAccent, "pawl-engine"),
                               "\n  or name another: ", paint(Style::kAccent, "--engine HOST:PORT"),
                               ", or PAWL_ENGINE=HOST:PORT"));
  } else {
    console_.Note(absl::StrCat(paint(Style::kBad, "error: "), message));
  }
  return ExitCodeOf(status);
}

ExitCode Invocation::Usage(const std::string& problem) {
  const Palette& paint = console_.note_palette();
  console_.Note(absl::StrCat(paint(Style::kBad, "error: "), OneLine(problem)));
  console_.Note(absl::StrCat("  usage: pawl ", command_.name,
                             *command_.arguments == '\0' ? "" : " ", command_.arguments,
                             "\n  more:  pawl ", command_.name, " --help"));
  return ExitCode::kUsage;
}

}  // namespace pawl::cli
