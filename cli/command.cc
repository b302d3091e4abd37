#include "cli/command.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/connection.h"
#include "cli/safe_engine_client.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

ColourMode ColourOf(const Arguments& arguments) {
  const std::string mode = arguments.Text("color", "auto");
  if (mode == "always") return ColourMode::kAlways;
  return mode == "never" ? ColourMode::kNever : ColourMode::kAuto;
}

}  // namespace

const std::vector<Flag>& GlobalFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"engine", Flag::Kind::kText, "HOST:PORT", "the engine to ask [127.0.0.1:7233]"},
      {"context", Flag::Kind::kText, "NAME",
       "a named engine with its credentials (pawl config --help); flags and variables win over it"},
      {"token-file", Flag::Kind::kText, "FILE",
       "prove who you are: a file with the ID.SECRET of an access key, or a token (or PAWL_TOKEN)"},
      {"tls", Flag::Kind::kSwitch, "", "use TLS; any of the next four does too"},
      {"ca-file", Flag::Kind::kText, "FILE", "authorities (PEM) to trust [the system's]"},
      {"certificate-file", Flag::Kind::kText, "FILE", "your certificate (PEM)"},
      {"key-file", Flag::Kind::kText, "FILE", "its key (PEM)"},
      {"server-name", Flag::Kind::kText, "NAME", "the name in the engine's certificate"},
      {"namespace", Flag::Kind::kText, "ACCOUNT",
       "the namespace of names without one, for credentials of all namespaces"},
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
      connection_(ConnectionOf(arguments_)),
      console_(ColourOf(arguments_)) {}

EngineClient& Invocation::engine() {
  if (engine_ == nullptr) {
    engine_ = connect_(connection_);
    // JSON escapes what a terminal would act on; in text for people nothing of it is left.
    if (!wants_json()) engine_ = SafeForTerminals(std::move(engine_));
  }
  return *engine_;
}

std::string Invocation::engine_address() const {
  return connection_.ok() ? connection_->addresses.front() : "";
}

ExitCode Invocation::Refuse(const absl::Status& status) {
  const Palette& paint = console_.note_palette();
  const std::string message = OneLine(std::string(status.message()));
  if (absl::IsUnavailable(status)) {
    console_.Note(absl::StrCat(paint(Style::kBad, "error: "), "the engine at ", engine_address(),
                               " does not answer: ", message));
    console_.Note(absl::StrCat("  start one with:  ", paint(Style::kAccent, "pawl-engine"),
                               "\n  or name another: ", paint(Style::kAccent, "--engine HOST:PORT"),
                               ", or PAWL_ENGINE=HOST:PORT"));
  } else {
    console_.Note(absl::StrCat(paint(Style::kBad, "error: "), message));
    if (absl::IsUnauthenticated(status)) {
      console_.Note(
          absl::StrCat("  show who you are:  ", paint(Style::kAccent, "--token-file FILE"),
                       ", PAWL_TOKEN_FILE=FILE, or a context (pawl config --help)"));
    }
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
