#include "engine/flags.h"

#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace pawl {
namespace {

using Setter = std::function<bool(const std::string&, EngineFlags*)>;

struct Flag {
  std::string name;
  std::string value_name;  // "" for a switch
  std::string default_text;
  std::string help;
  Setter set;
};

Setter Text(std::string EngineFlags::* field) {
  return [field](const std::string& text, EngineFlags* flags) {
    flags->*field = text;
    return !text.empty();
  };
}

Setter RuntimeText(std::string runtime::Options::* field) {
  return [field](const std::string& text, EngineFlags* flags) {
    flags->runtime.*field = text;
    return !text.empty();
  };
}

template <typename Get>
Setter Number(Get get, int64_t min, int64_t max) {
  return [=](const std::string& text, EngineFlags* flags) {
    int64_t n = 0;
    if (!absl::SimpleAtoi(text, &n) || n < min || n > max) return false;
    auto& field = get(*flags);
    field = static_cast<std::remove_reference_t<decltype(field)>>(n);
    return true;
  };
}

template <typename Get>
Setter Time(Get get) {
  return [=](const std::string& text, EngineFlags* flags) {
    absl::Duration d;
    if (!absl::ParseDuration(text, &d) || d <= absl::ZeroDuration()) return false;
    get(*flags) = d;
    return true;
  };
}

template <typename Get>
Setter Switch(Get get) {
  return [=](const std::string& text, EngineFlags* flags) {
    get(*flags) = text != "false" && text != "0";
    return true;
  };
}

constexpr int64_t kGig = int64_t{1} << 30;

const std::vector<Flag>& Flags() {
  static const auto* flags = new std::vector<Flag>{
      {"listen", "HOST:PORT", "127.0.0.1:7233", "gRPC; port 0 picks a free one",
       Text(&EngineFlags::listen)},
      {"http-listen", "HOST:PORT", "127.0.0.1:7234", "/metrics, /healthz and /readyz",
       Text(&EngineFlags::http_listen)},
      {"store", "URL", "sqlite:./pawl-data",
       "sqlite:FOLDER, postgres://USER@HOST:PORT/DATABASE, or memory: (lost at exit)",
       Text(&EngineFlags::store)},
      {"object-store", "URL", "folder:./pawl-objects",
       "of Distributed Maps: folder:PATH or s3:ENDPOINT (credentials in AWS_ACCESS_KEY_ID and "
       "AWS_SECRET_ACCESS_KEY)",
       Text(&EngineFlags::object_store)},
      {"object-store-region", "NAME", "us-east-1", "that requests to an s3: store are signed for",
       Text(&EngineFlags::object_store_region)},
      {"object-threads", "N", "4", "that read and write objects",
       Number([](EngineFlags& f) -> auto& { return f.object_threads; }, 1, 1000)},
      {"http-invoke", "engine|workers", "engine",
       "who runs http:invoke tasks: the engine, or the workers of the queue http:invoke",
       [](const std::string& text, EngineFlags* f) {
         f->runs_http = text == "engine";
         return text == "engine" || text == "workers";
       }},
      {"http-allow", "HOST,...", "none",
       "hosts that http:invoke may call (api.example.com, *.example.com:8443); without it every "
       "such task fails",
       [](const std::string& text, EngineFlags* f) {
         f->http_allow = absl::StrSplit(text, ',', absl::SkipWhitespace());
         return !f->http_allow.empty();
       }},
      {"http-allow-private", "", "off", "let http:invoke reach private and loopback addresses",
       Switch([](EngineFlags& f) -> auto& { return f.http_allows_private; })},
      {"http-allow-plain", "", "off", "let http:invoke use http: beside https:",
       Switch([](EngineFlags& f) -> auto& { return f.http_allows_plain; })},
      {"http-connections", "FOLDER", "environment",
       "credentials of ConnectionArn NAME in FOLDER/NAME.json instead of PAWL_CONNECTION_NAME",
       Text(&EngineFlags::http_connections)},
      {"http-ca-file", "FILE", "the system's", "certificates that http:invoke trusts, PEM",
       Text(&EngineFlags::http_ca_file)},
      {"http-concurrency", "N", "32", "calls of http:invoke at once",
       Number([](EngineFlags& f) -> auto& { return f.http_concurrency; }, 1, 1000)},
      {"node-name", "NAME", "host name",
       "a node that restarts under its own name takes its slots back at once",
       RuntimeText(&runtime::Options::node_name)},
      {"region", "NAME", "us-east-1", "of the ARNs", RuntimeText(&runtime::Options::region)},
      {"account", "DIGITS", "000000000000", "of the ARNs: the namespace",
       RuntimeText(&runtime::Options::account)},
      {"log-format", "text|json", "text", "of the log on standard error",
       [](const std::string& text, EngineFlags* f) {
         f->log_format = text;
         return text == "text" || text == "json";
       }},
      {"log-level", "info|warning|error", "info", "lines below are dropped",
       [](const std::string& text, EngineFlags* f) {
         f->log_level = text == "error"     ? LogLevel::kError
                        : text == "warning" ? LogLevel::kWarning
                                            : LogLevel::kInfo;
         return text == "info" || text == "warning" || text == "error";
       }},
      {"express-log", "off|errors|ends|events", "ends",
       "what is logged of EXPRESS executions; of a Distributed Map's children 'ends' logs failures",
       [](const std::string& text, EngineFlags* f) {
         using runtime::ExpressLogLevel;
         const std::map<std::string, ExpressLogLevel> levels = {
             {"off", ExpressLogLevel::kOff},
             {"errors", ExpressLogLevel::kErrors},
             {"ends", ExpressLogLevel::kEnds},
             {"events", ExpressLogLevel::kEvents}};
         const auto found = levels.find(text);
         if (found != levels.end()) f->runtime.express_log.level = found->second;
         return found != levels.end();
       }},
      {"express-log-data", "", "off", "inputs and outputs in --express-log events",
       Switch([](EngineFlags& f) -> auto& { return f.runtime.express_log.with_data; })},
      {"drain", "DURATION", "10s", "how long open calls may take to end at shutdown",
       Time([](EngineFlags& f) -> auto& { return f.drain; })},
      {"show-task-tokens", "", "off", "let `describe` show the tokens of tasks that wait for one",
       Switch([](EngineFlags& f) -> auto& { return f.shows_task_tokens; })},
      {"aws-limits", "", "off",
       "AWS's own limits instead of the ones below, with its errors: payloads of 262,144 bytes, "
       "25,000 events, definitions of 1 MiB; flags that follow it win",
       [](const std::string& text, EngineFlags* f) {
         if (text != "false" && text != "0") runtime::SetAwsLimits(&f->runtime);
         return true;
       }},
      {"max-payload-bytes", "N", "1048576", "of an input, an output or a task's result",
       [](const std::string& text, EngineFlags* f) {
         int64_t n = 0;
         if (!absl::SimpleAtoi(text, &n) || n < 1024 || n > kGig) return false;
         f->runtime.limits.max_payload_bytes = f->runtime.max_input_bytes = static_cast<size_t>(n);
         return true;
       }},
      {"max-history-events", "N", "0", "of one execution; 0 = no limit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_history_events; }, 0,
              kGig)},
      {"max-events-per-transition", "N", "2000", "before other executions have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_events_per_transition; },
              10, 1'000'000)},
      {"max-transition-bytes", "N", "4194304",
       "of payloads, before other executions have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_transition_bytes; }, 65'536,
              kGig / 8)},
      {"max-gathered-bytes", "N", "16777216",
       "of the items of an inline Map, and of the results that a Map or Parallel gathers",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_gathered_bytes; }, 1024,
              kGig / 8)},
      {"max-map-bytes", "N", "67108864",
       "of the inputs of a Distributed Map's children that run at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_map_bytes; }, 65'536,
              kGig / 8)},
      {"max-execution-bytes", "N", "134217728",
       "that one execution may hold in inputs, variables and results",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_execution_bytes; }, 65'536,
              kGig / 8)},
      {"max-inline-concurrency", "N", "40", "iterations of an inline Map at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_inline_concurrency; }, 1,
              100'000)},
      {"max-map-concurrency", "N", "10000", "children of a Distributed Map at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_map_concurrency; }, 1,
              100'000)},
      {"max-variables-bytes", "N", "67108864", "of all variables of an execution",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_variables_bytes; }, 1024,
              kGig)},
      {"max-assign-bytes", "N", "1048576", "of one variable, and of what one Assign gives",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_assign_bytes; }, 1024,
              kGig)},
      {"max-express-duration", "DURATION", "5m", "of an EXPRESS execution",
       Time([](EngineFlags& f) -> auto& { return f.runtime.limits.max_express_duration; })},
      {"max-expression-steps", "N", "100000000",
       "of one expression; a step is about 10 ns of CPU; beyond it the state fails with "
       "States.Runtime",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.expression.max_steps; }, 1000,
              100 * kGig)},
      {"max-transition-steps", "N", "100000000",
       "of all expressions between two turns of an execution; then others have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_transition_steps; }, 1000,
              100 * kGig)},
      {"slow-expression-steps", "N", "500000",
       "after so many the other executions go on without waiting for the evaluation",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.slow_expression_steps; }, 1000,
              100 * kGig)},
      {"max-json-depth", "N", "256", "nesting of a JSON value",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.expression.max_depth; }, 16,
              1'000)},
      {"max-definition-bytes", "N", "1048576", "of a state machine's definition",
       Number([](EngineFlags& f) -> auto& { return f.runtime.compile.max_definition_bytes; }, 1024,
              kGig)},
      {"max-states", "N", "10000", "of one state machine",
       Number([](EngineFlags& f) -> auto& { return f.runtime.compile.max_states; }, 1, 1'000'000)},
      {"max-resident-executions", "N", "200000",
       "open executions in memory (parked ones do not count); beyond it starts are refused",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_resident_executions; }, 1, kGig)},
      {"memory-limit", "BYTES", "a quarter of the memory",
       "of all payloads in memory; beyond it starts are refused",
       [](const std::string& text, EngineFlags* f) {
         int64_t n = 0;
         if (!absl::SimpleAtoi(text, &n) || n < (1 << 20)) return false;
         f->runtime.memory_limit = static_cast<size_t>(n);
         return true;
       }},
      {"slow-threads", "N", "2", "that evaluate expressions which take long",
       Number([](EngineFlags& f) -> auto& { return f.slow_threads; }, 1, 1000)},
      {"max-pending-commands", "N", "20000", "that wait for a commit; beyond it starts are refused",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_pending_commands; }, 1, kGig)},
      {"max-batch-transitions", "N", "1000", "of one commit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_batch_transitions; }, 1, 100'000)},
      {"max-batch-bytes", "N", "4194304", "of one commit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_batch_bytes; }, 1024, kGig)},
      {"max-credits", "N", "10000", "of one worker for one queue",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_credits; }, 1, kGig)},
      {"max-queues-per-worker", "N", "1000", "that one worker may serve",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_queues_per_worker; }, 1, 100'000)},
      {"max-lost-deliveries", "N", "5",
       "of one attempt whose worker was lost before it reported; then the attempt fails",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_lost_deliveries; }, 1, 1000)},
      {"lease", "DURATION", "10s", "of the slots; how long another node waits after a crash",
       Time([](EngineFlags& f) -> auto& { return f.runtime.lease; })},
      {"park-after", "DURATION", "10s", "an execution with nothing to do leaves memory",
       Time([](EngineFlags& f) -> auto& { return f.runtime.park_after; })},
      {"relatives-check", "DURATION", "1h",
       "how often, at least, parent and child executions that wait ask for each other",
       Time([](EngineFlags& f) -> auto& { return f.runtime.relatives_check; })},
      {"checkpoint-events", "N", "1000", "history events between two checkpoints",
       Number([](EngineFlags& f) -> auto& { return f.runtime.checkpoint_events; }, 10, kGig)},
      {"retention", "DURATION", "for ever",
       "how long ended executions are kept, with histories and names (2160h are AWS's 90 days)",
       [](const std::string& text, EngineFlags* f) {
         absl::Duration d;
         if (!absl::ParseDuration(text, &d) || d < absl::Hours(1)) return false;
         f->runtime.retention = d;
         return true;
       }},
      {"received-timeout", "DURATION", "2s", "a task without a receipt goes to another worker",
       Time([](EngineFlags& f) -> auto& { return f.runtime.received_timeout; })},
      {"reconnect-grace", "DURATION", "5s",
       "a lost worker may come back and keep its tasks; also after a restart of the engine",
       Time([](EngineFlags& f) -> auto& { return f.runtime.reconnect_grace; })},
      {"ping-interval", "DURATION", "5s", "of worker streams; three of silence end a stream",
       Time([](EngineFlags& f) -> auto& { return f.runtime.ping_interval; })},
      {"verify-replay", "", "off",
       "after every transition fold the history from nothing and compare",
       Switch([](EngineFlags& f) -> auto& { return f.runtime.verify_replay; })},
  };
  return *flags;
}

std::string EnvironmentName(const std::string& flag) {
  return absl::StrCat("PAWL_", absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}})));
}

absl::Status Set(const Flag& flag, const std::string& value, const std::string& given_as,
                 EngineFlags* flags) {
  if (flag.set(value, flags)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(given_as, "='", value, "' is not valid: expected ",
                                                 flag.value_name, ", ", flag.help));
}

}  // namespace

absl::Status ParseFlags(const std::vector<std::string>& arguments, EngineFlags* flags) {
  for (const Flag& flag : Flags()) {
    const std::string variable = EnvironmentName(flag.name);
    const char* value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe): at start
    if (value == nullptr) continue;
    if (absl::Status status = Set(flag, value, variable, flags); !status.ok()) return status;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      flags->wants_help = true;
      return absl::OkStatus();
    }
    if (argument == "--version") {
      flags->wants_version = true;
      return absl::OkStatus();
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const Flag* found = nullptr;
    for (const Flag& flag : Flags()) {
      if (absl::StrCat("--", flag.name) == name) found = &flag;
    }
    if (found == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown flag '", name, "'; pawl-engine --help lists them all"));
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (!found->value_name.empty()) {
      if (i + 1 == arguments.size()) {
        return absl::InvalidArgumentError(
            absl::StrCat(name, " needs a value: ", found->value_name));
      }
      value = arguments[++i];
    }
    if (absl::Status status = Set(*found, value, name, flags); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string HelpText() {
  std::string text =
      "pawl-engine: the durable workflow engine.\n\n"
      "Usage: pawl-engine [FLAG...]\n\n"
      "  pawl-engine                                   serve from ./pawl-data (SQLite)\n"
      "  pawl-engine --store postgres://me@db/pawl     serve from PostgreSQL\n"
      "  PAWL_LISTEN=0.0.0.0:7233 pawl-engine          every flag is an environment variable "
      "too\n\n"
      "Flags (default in brackets):\n";
  for (const Flag& flag : Flags()) {
    const std::string head =
        absl::StrCat("--", flag.name, flag.value_name.empty() ? "" : " ", flag.value_name);
    absl::StrAppendFormat(&text, "  %-36s %s [%s]\n", head, flag.help, flag.default_text);
  }
  text += "  --help, --version\n\nExit codes: 0 stopped as asked, 1 failed, 2 wrong flags.\n";
  return text;
}

}  // namespace pawl
