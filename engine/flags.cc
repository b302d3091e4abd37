#include "engine/flags.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/flag_setters.h"
#include "engine/log_flags.h"
#include "engine/store_url.h"

namespace pawl {
namespace {

constexpr int64_t kGig = int64_t{1} << 30;

// In the order that --help has.
std::vector<Flag> WithLogFlags(std::vector<Flag> flags) {
  for (Flag& flag : LogFlags()) flags.push_back(std::move(flag));
  return flags;
}

const std::vector<Flag>& Flags() {
  static const auto* flags = new std::vector<Flag>(WithLogFlags({
      {"listen", "HOST:PORT", "127.0.0.1:7233", "address of the gRPC API; port 0 picks a free one",
       Text([](EngineFlags& f) -> auto& { return f.listen; }, &CheckListenAddress)},
      {"http-listen", "HOST:PORT", "127.0.0.1:7234",
       "address of AWS's API, /metrics, /healthz and /readyz; port 0 picks a free one",
       Text([](EngineFlags& f) -> auto& { return f.http_listen; }, &CheckListenAddress)},
      {"http-max-body", "N", "16777216",
       "bytes of an HTTP request's body; the largest that AWS's API allows has about 14 MB",
       Number([](EngineFlags& f) -> auto& { return f.http_max_body; }, 65'536, kGig)},
      {"http-connections-per-address", "N", "2000",
       "connections to the HTTP port from one address at once; loopback is not limited so",
       Number([](EngineFlags& f) -> auto& { return f.http_connections_per_address; }, 1, 12'000)},
      {"store", "URL", "sqlite:./pawl-data",
       "sqlite:FOLDER, postgres://USER@HOST:PORT/DATABASE, or memory: (lost at exit). Give a "
       "password by the variable PAWL_STORE or the file PGPASSFILE: flags can be read with ps",
       Text([](EngineFlags& f) -> auto& { return f.store; })},
      {"master-key-file", "FILE", "none",
       "callers must prove who they are, with access keys whose secrets rest under the key in this "
       "file (openssl rand -hex 32 makes one); the first line seals, all of them open",
       Text([](EngineFlags& f) -> auto& { return f.admission.master_key_file; })},
      {"master-key", "KEY", "none",
       "the same key as text; give it by the variable PAWL_MASTER_KEY: flags can be read with ps",
       Text([](EngineFlags& f) -> auto& { return f.admission.master_key; })},
      {"admin-key", "FILE", "none",
       "unless FILE is there, make an access key with the policy 'admin' and write it to FILE, for "
       "`pawl --token-file FILE`",
       Text([](EngineFlags& f) -> auto& { return f.admission.admin_key_file; })},
      {"token-provider", "FILE", "none",
       "an OIDC provider (JSON) whose tokens prove who a caller is",
       Text([](EngineFlags& f) -> auto& { return f.admission.token_provider_file; })},
      {"certificate-rules", "FILE", "none",
       "what holders of client certificates may do (JSON); needs --tls-client-ca",
       Text([](EngineFlags& f) -> auto& { return f.admission.certificate_rules_file; })},
      {"anonymous", "POLICY,...", "none",
       "built-in policies of callers without credentials: reader, metrics, ...",
       [](const std::string& text, EngineFlags* f) {
         f->admission.anonymous = absl::StrSplit(text, ',', absl::SkipWhitespace());
         return f->admission.anonymous.empty() ? absl::InvalidArgumentError("names of policies")
                                               : absl::OkStatus();
       }},
      {"insecure", "", "off",
       "listen on addresses that other machines can reach though callers do not prove who they are",
       Switch([](EngineFlags& f) -> auto& { return f.admission.is_insecure; })},
      {"tls-certificate", "FILE", "none",
       "serve gRPC and HTTP over TLS with this certificate (PEM, with those between it and the "
       "authority); it is read again when it changes",
       Text([](EngineFlags& f) -> auto& { return f.admission.tls_certificate_file; })},
      {"tls-key", "FILE", "none", "the certificate's key (PEM)",
       Text([](EngineFlags& f) -> auto& { return f.admission.tls_key_file; })},
      {"tls-client-ca", "FILE", "none",
       "authorities (PEM) of clients' certificates; a client may show none, but no other",
       Text([](EngineFlags& f) -> auto& { return f.admission.tls_client_ca_file; })},
      {"trust-forwarded-host", "", "off",
       "AWS signatures may be for X-Forwarded-Host; only behind a proxy that sets it",
       Switch([](EngineFlags& f) -> auto& { return f.admission.trusts_forwarded_host; })},
      {"accept-unsigned-payload", "", "off", "AWS signatures need not cover the body",
       Switch([](EngineFlags& f) -> auto& { return f.admission.accepts_unsigned_payload; })},
      {"rate-limit", "OPERATION=BURST/RATE,...", "none",
       "calls at once, and a second, that each caller may make: StartExecution=1300/300; '*' is "
       "each operation without a rate of its own; none lifts those of --aws-limits",
       [](const std::string& text, EngineFlags* f) {
         if (text == "none") {
           f->admission.rates = auth::RateLimits::Unlimited();
           return absl::OkStatus();
         }
         for (const absl::string_view rate : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
           absl::Status status = auth::RateLimits::Add(rate, &f->admission.rates);
           if (!status.ok()) return status;
         }
         return absl::OkStatus();
       }},
      {"encryption-keys", "FILE", "none",
       "payloads rest encrypted in the store (AES-256-GCM) under the first key of this file; all "
       "of "
       "them open. openssl rand -hex 32 makes one",
       Text([](EngineFlags& f) -> auto& { return f.encryption_keys; })},
      {"reencrypt", "", "off",
       "serve nothing: seal all payloads of the store under the first of --encryption-keys, those "
       "too that were stored plain, and exit",
       Switch([](EngineFlags& f) -> auto& { return f.reencrypts; })},
      {"ranges", "N", "0",
       "parts that a new store is divided into, each decided and committed by threads of its own; "
       "0: one on SQLite, one for every four processors on PostgreSQL",
       Number([](EngineFlags& f) -> auto& { return f.ranges; }, 0, 1024)},
      {"object-store", "URL", "folder:./pawl-objects",
       "files of Distributed Maps: folder:PATH or s3:ENDPOINT (credentials in AWS_ACCESS_KEY_ID "
       "and AWS_SECRET_ACCESS_KEY)",
       Text([](EngineFlags& f) -> auto& { return f.object_store; })},
      {"object-store-region", "NAME", "us-east-1",
       "region that requests to an s3: store are signed for",
       Text([](EngineFlags& f) -> auto& { return f.object_store_region; }, &CheckRegion)},
      {"object-threads", "N", "4", "threads that read and write objects",
       Number([](EngineFlags& f) -> auto& { return f.object_threads; }, 1, 1000)},
      {"http-invoke", "engine|workers", "engine",
       "who runs http:invoke tasks: the engine, or the workers of the queue http:invoke",
       Choice<bool>([](EngineFlags& f) -> auto& { return f.runs_http; },
                    {{"engine", true}, {"workers", false}})},
      {"http-allow", "HOST,...", "none",
       "hosts that http:invoke may call (api.example.com, *.example.com:8443); without any, every "
       "such task fails",
       [](const std::string& text, EngineFlags* f) {
         f->http_allow = absl::StrSplit(text, ',', absl::SkipWhitespace());
         return f->http_allow.empty() ? absl::InvalidArgumentError("hosts, separated by commas")
                                      : absl::OkStatus();
       }},
      {"http-allow-private", "", "off", "let http:invoke reach private and loopback addresses",
       Switch([](EngineFlags& f) -> auto& { return f.http_allows_private; })},
      {"http-allow-plain", "", "off", "let http:invoke use http: as well as https:",
       Switch([](EngineFlags& f) -> auto& { return f.http_allows_plain; })},
      {"http-connections", "FOLDER", "environment",
       "read the credentials of the ConnectionArn NAME from FOLDER/NAME.json instead of the "
       "variable PAWL_CONNECTION_NAME",
       Text([](EngineFlags& f) -> auto& { return f.http_connections; })},
      {"http-ca-file", "FILE", "the system's", "certificates (PEM) that http:invoke trusts",
       Text([](EngineFlags& f) -> auto& { return f.http_ca_file; })},
      {"http-concurrency", "N", "32", "http:invoke calls at once",
       Number([](EngineFlags& f) -> auto& { return f.http_concurrency; }, 1, 1000)},
      {"http-host-concurrency", "N", "a quarter of --http-concurrency",
       "http:invoke calls at once to one host; further ones wait without delaying other hosts",
       Number([](EngineFlags& f) -> auto& { return f.http_host_concurrency; }, 1, 1000)},
      {"reveal-connection-secrets", "", "off",
       "let TestState with reveal_secrets show what connections add to http:invoke requests",
       Switch([](EngineFlags& f) -> auto& { return f.reveals_connection_secrets; })},
      {"node-name", "NAME", "host name",
       "name shown in logs and `pawl cluster`; need not be unique",
       Text([](EngineFlags& f) -> auto& { return f.runtime.node_name; })},
      {"region", "NAME", "us-east-1", "region in the ARNs",
       Text([](EngineFlags& f) -> auto& { return f.runtime.region; }, &CheckRegion)},
      {"account", "DIGITS", "000000000000", "account in the ARNs; it is the namespace",
       Text([](EngineFlags& f) -> auto& { return f.runtime.account; }, &CheckAccount)},
      {"drain", "DURATION", "10s", "how long open calls may take to finish at shutdown",
       Time([](EngineFlags& f) -> auto& { return f.drain; }, absl::ZeroDuration(), absl::Hours(1))},
      {"open-activities", "", "off",
       "a task on an activity that is not registered waits on the queue of that name; otherwise it "
       "fails, as at AWS",
       Switch([](EngineFlags& f) -> auto& { return f.runtime.open_activities; })},
      {"show-task-tokens", "", "off",
       "let describe calls show the tokens of tasks that wait for one",
       Switch([](EngineFlags& f) -> auto& { return f.shows_task_tokens; })},
      {"aws-limits", "", "off",
       "use AWS's limits, rates and errors instead of the defaults: payloads of 262,144 bytes, "
       "25,000 events, definitions of 1 MiB; later flags override it",
       [](const std::string& text, EngineFlags* f) {
         const absl::StatusOr<bool> is_on = ReadSwitch(text);
         if (is_on.ok() && *is_on) {
           runtime::SetAwsLimits(&f->runtime);
           f->admission.rates = auth::RateLimits::Aws();
         }
         return is_on.status();
       }},
      {"max-payload-bytes", "N", "1048576", "size of an input, an output or a task's result",
       [](const std::string& text, EngineFlags* f) {
         const absl::StatusOr<int64_t> bytes = ReadNumber(text, 1024, kGig);
         if (!bytes.ok()) return bytes.status();
         f->runtime.limits.max_payload_bytes = f->runtime.max_input_bytes =
             static_cast<size_t>(*bytes);
         return absl::OkStatus();
       }},
      {"max-history-events", "N", "0", "events of one execution; 0 means no limit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_history_events; }, 0,
              kGig)},
      {"max-events-per-transition", "N", "2000",
       "events that one execution may add before others have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_events_per_transition; },
              10, 1'000'000)},
      {"max-transition-bytes", "N", "4194304",
       "bytes of payloads that one execution may add before others have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_transition_bytes; }, 65'536,
              kGig / 8)},
      {"max-gathered-bytes", "N", "16777216",
       "bytes of an inline Map's items, and of the results that a Map or Parallel gathers",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_gathered_bytes; }, 1024,
              kGig / 8)},
      {"max-map-bytes", "N", "67108864",
       "bytes of inputs of the children that a Distributed Map runs at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_map_bytes; }, 65'536,
              kGig / 8)},
      {"max-execution-bytes", "N", "134217728",
       "bytes that one execution may hold in inputs, variables and results",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_execution_bytes; }, 65'536,
              kGig / 8)},
      {"max-inline-concurrency", "N", "40", "iterations of an inline Map at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_inline_concurrency; }, 1,
              100'000)},
      {"max-map-concurrency", "N", "10000", "children of a Distributed Map at once",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_map_concurrency; }, 1,
              100'000)},
      {"max-variables-bytes", "N", "67108864", "bytes of all variables of one execution",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_variables_bytes; }, 1024,
              kGig)},
      {"max-assign-bytes", "N", "1048576", "bytes of one variable, and of all that one Assign sets",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_assign_bytes; }, 1024,
              kGig)},
      {"max-express-duration", "DURATION", "5m", "how long an EXPRESS execution may take",
       Time([](EngineFlags& f) -> auto& { return f.runtime.limits.max_express_duration; },
            absl::Milliseconds(1), absl::Hours(24))},
      {"max-expression-steps", "N", "100000000",
       "steps of one expression (a step is about 10 ns of CPU); beyond it the state fails with "
       "States.Runtime",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.expression.max_steps; }, 1000,
              100 * kGig)},
      {"max-transition-steps", "N", "100000000",
       "steps of expressions that one execution may take before others have their turn",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.max_transition_steps; }, 1000,
              100 * kGig)},
      {"slow-expression-steps", "N", "500000",
       "steps after which an expression is evaluated beside the other executions instead of before "
       "them",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.slow_expression_steps; }, 1000,
              100 * kGig)},
      {"max-json-depth", "N", "256", "nesting depth of a JSON value",
       Number([](EngineFlags& f) -> auto& { return f.runtime.limits.expression.max_depth; }, 16,
              1'000)},
      {"max-definition-bytes", "N", "1048576", "size of a state machine's definition",
       Number([](EngineFlags& f) -> auto& { return f.runtime.compile.max_definition_bytes; }, 1024,
              kGig)},
      {"max-states", "N", "10000", "states of one state machine",
       Number([](EngineFlags& f) -> auto& { return f.runtime.compile.max_states; }, 1, 1'000'000)},
      {"max-resident-executions", "N", "200000",
       "open executions in memory (parked ones do not count); beyond it starts are refused",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_resident_executions; }, 1, kGig)},
      {"memory-limit", "BYTES", "a quarter of the memory",
       "bytes of all payloads in memory; beyond it starts are refused",
       Number([](EngineFlags& f) -> auto& { return f.runtime.memory_limit; }, 1 << 20,
              int64_t{1} << 50)},
      {"slow-threads", "N", "2", "threads that evaluate slow expressions",
       Number([](EngineFlags& f) -> auto& { return f.slow_threads; }, 1, 1000)},
      {"max-pending-commands", "N", "20000",
       "commands that may wait for a commit; beyond it starts are refused",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_pending_commands; }, 1, kGig)},
      {"max-batch-transitions", "N", "1000", "transitions in one commit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_batch_transitions; }, 1, 100'000)},
      {"max-batch-bytes", "N", "4194304", "bytes of one commit",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_batch_bytes; }, 1024, kGig)},
      {"max-credits", "N", "10000", "tasks that one worker may ask for at once from one queue",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_credits; }, 1, kGig)},
      {"max-queues-per-worker", "N", "1000", "queues that one worker may serve",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_queues_per_worker; }, 1, 100'000)},
      {"max-lost-deliveries", "N", "5",
       "deliveries of one attempt to workers that were lost before they reported; after so many "
       "the attempt fails",
       Number([](EngineFlags& f) -> auto& { return f.runtime.max_lost_deliveries; }, 1, 1000)},
      {"lease", "DURATION", "10s",
       "how long a node owns its slots without renewal, and so how long another node waits after a "
       "crash",
       Time([](EngineFlags& f) -> auto& { return f.runtime.lease; }, absl::Seconds(1),
            absl::Hours(1))},
      {"park-after", "DURATION", "10s", "how long an execution stays in memory with nothing to do",
       Time([](EngineFlags& f) -> auto& { return f.runtime.park_after; }, absl::Milliseconds(1),
            absl::Hours(24))},
      {"relatives-check", "DURATION", "1h",
       "longest interval at which waiting parent and child executions check on each other",
       Time([](EngineFlags& f) -> auto& { return f.runtime.relatives_check; },
            absl::Milliseconds(100), absl::Hours(24 * 7))},
      {"checkpoint-events", "N", "1000", "history events between two checkpoints",
       Number([](EngineFlags& f) -> auto& { return f.runtime.checkpoint_events; }, 10, kGig)},
      {"retention", "DURATION", "for ever",
       "how long ended executions are kept, with histories and names (2160h are AWS's 90 days)",
       Time([](EngineFlags& f) -> auto& { return f.runtime.retention; }, absl::Hours(1),
            absl::Hours(24 * 366 * 100))},
      {"received-timeout", "DURATION", "2s",
       "how long a worker may take to confirm that it received a task; then another worker gets it",
       Time([](EngineFlags& f) -> auto& { return f.runtime.received_timeout; },
            absl::Milliseconds(10), absl::Minutes(10))},
      {"reconnect-grace", "DURATION", "5s",
       "how long a lost worker may take to come back and keep its tasks, also after a restart of "
       "the engine",
       Time([](EngineFlags& f) -> auto& { return f.runtime.reconnect_grace; },
            absl::Milliseconds(1), absl::Hours(1))},
      {"ping-interval", "DURATION", "5s",
       "interval between pings on a worker's stream; a stream that is silent for three of them is "
       "closed",
       Time([](EngineFlags& f) -> auto& { return f.runtime.ping_interval; }, absl::Milliseconds(10),
            absl::Minutes(10))},
      {"verify-replay", "", "off",
       "fold the history from its first event after every transition and compare (slow)",
       Switch([](EngineFlags& f) -> auto& { return f.runtime.verify_replay; })},
  }));
  return *flags;
}

std::string EnvironmentName(const std::string& flag) {
  return absl::StrCat("PAWL_", absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}})));
}

absl::Status Set(const Flag& flag, const std::string& value, const std::string& given_as,
                 EngineFlags* flags) {
  const absl::Status status = flag.set(value, flags);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(given_as, ": '", WithoutCredentials(value),
                                                 "' is not valid; expected ",
                                                 std::string(status.message())));
}

// A switch may stand alone; its value, then, is joined by '=' only.
absl::StatusOr<std::string> ValueOf(const Flag& flag, const std::vector<std::string>& arguments,
                                    size_t* i) {
  const std::string& argument = arguments[*i];
  const size_t equals = argument.find('=');
  if (equals != std::string::npos) return argument.substr(equals + 1);
  if (flag.value_name.empty()) return "true";
  if (*i + 1 < arguments.size()) return arguments[++*i];
  return absl::InvalidArgumentError(absl::StrCat(argument, " needs a value: ", flag.value_name));
}

absl::StatusOr<const Flag*> FindFlag(const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  for (const Flag& flag : Flags()) {
    if (absl::StrCat("--", flag.name) == name) return &flag;
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown flag '", WithoutCredentials(name),
                                                 "'; pawl-engine --help lists them all"));
}

absl::Status ReadEnvironment(EngineFlags* flags) {
  for (const Flag& flag : Flags()) {
    const std::string variable = EnvironmentName(flag.name);
    const char* value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe): at start
    if (value == nullptr) continue;
    if (absl::Status status = Set(flag, value, variable, flags); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ParseFlags(const std::vector<std::string>& arguments, EngineFlags* flags) {
  if (absl::Status status = ReadEnvironment(flags); !status.ok()) return status;
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
    const absl::StatusOr<const Flag*> flag = FindFlag(argument);
    if (!flag.ok()) return flag.status();
    const absl::StatusOr<std::string> value = ValueOf(**flag, arguments, &i);
    if (!value.ok()) return value.status();
    absl::Status status = Set(**flag, *value, absl::StrCat("--", (*flag)->name), flags);
    if (!status.ok()) return status;
  }
  if (flags->http_host_concurrency == 0) {
    flags->http_host_concurrency = std::max(1, flags->http_concurrency / 4);
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
