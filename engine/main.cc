// pawl-engine: flags, wiring, shutdown.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "engine/admission.h"
#include "engine/api/aws/front.h"
#include "engine/api/grpc_server.h"
#include "engine/api/prometheus_metrics.h"
#include "engine/default_memory_limit.h"
#include "engine/encrypt_store.h"
#include "engine/flag_files.h"
#include "engine/flags.h"
#include "engine/http_front.h"
#include "engine/http_session.h"
#include "engine/open_object_store.h"
#include "engine/open_store.h"
#include "engine/runtime/execution_log_writer.h"
#include "engine/runtime/lone_task.h"
#include "engine/runtime/node.h"
#include "engine/runtime/world/incarnation.h"
#include "engine/runtime/world/log.h"
#include "engine/runtime/world/secure_random.h"
#include "engine/runtime/world/threads.h"
#include "engine/version.h"

namespace pawl {
namespace {

std::string HostName() {
  char name[256] = "pawl";
  gethostname(name, sizeof(name) - 1);
  return name;
}

// SIGTERM and SIGINT are waited for by the main thread; every other thread blocks them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    variables.insert(parts);
  }
  return variables;
}

http_task::Options HttpTaskOptions(const EngineFlags& flags) {
  http_task::Options options;
  options.allowed_hosts = flags.http_allow;
  options.allow_private_addresses = flags.http_allows_private;
  options.allow_plain_http = flags.http_allows_plain;
  options.ca_file = flags.http_ca_file;
  options.max_request_bytes = options.max_response_bytes = flags.runtime.limits.max_payload_bytes;
  options.connections = flags.http_connections.empty()
                            ? http_task::ConnectionsInEnvironment(Environment())
                            : http_task::ConnectionsInFolder(flags.http_connections);
  return options;
}

// How TestState runs a task that has no mock.
service::TaskRunner TaskRunnerOf(runtime::Node* node, const std::shared_ptr<HttpSession>& http) {
  return [node, http](const service::CallContext& context, test_state::TaskCall call, auto done) {
    if (http != nullptr && call.queue == HttpSession::kQueue) {
      return http->Try(std::move(call), std::move(done));
    }
    runtime::LoneTask task{context.ns, call.queue, call.state, Payload::FromValue(call.input),
                           call.timeout};
    runtime::RunLoneTask(
        node, std::move(task),
        [done](const absl::StatusOr<runtime::StartResult>& started) {
          if (!started.ok()) done(started.status());
        },
        [done](const core::Execution& ended) {
          test_state::TaskAnswer answer;
          if (ended.status() == core::ExecutionStatus::kSucceeded) {
            answer.result = ended.output().value();
          } else if (ended.status() == core::ExecutionStatus::kTimedOut) {
            answer.error = "States.Timeout";
          } else {
            answer.error = ended.error();
            answer.cause = ended.cause();
          }
          done(std::move(answer));
        });
  };
}

int Refuse(const std::string& why) {
  std::fprintf(stderr, "pawl-engine: %s\n", why.c_str());
  return 1;
}
int Refuse(const absl::Status& status) { return Refuse(std::string(status.message())); }

// Every connection is a file: as many as this process may have.
void RaiseFileLimit() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
    Log(LogLevel::kWarning, "the limit of open files could not be raised: fewer connections fit");
  }
}

// The process as a whole, and what the flags leave to it.
void Prepare(EngineFlags* flags) {
  // Debian's abseil looks for deadlocks at every lock, which costs a tenth of the time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Databases, results and sockets hold payloads: whatever is made is for this user only.
  umask(S_IRWXG | S_IRWXO);
  SetJsonLog(flags->log_format == "json");
  SetLogLevel(flags->log_level);
  RaiseFileLimit();
  runtime::Options& options = flags->runtime;
  if (options.node_name == runtime::Options().node_name) options.node_name = HostName();
  options.node_address = flags->listen;
  if (flags->runs_http) options.shared_queues = {HttpSession::kQueue};
  options.incarnation = runtime::MakeIncarnation(options.node_name, runtime::SecureRandom());
  if (options.memory_limit == 0) options.memory_limit = DefaultMemoryLimit();
}

// Blocks until everything is loaded. A signal ends the process, also while the database is away.
absl::Status OpenNode(runtime::Node* node, const sigset_t& signals) {
  absl::Notification opened;
  absl::Status status;
  node->Open([&](absl::Status result) {
    status = std::move(result);
    opened.Notify();
  });
  while (!opened.WaitForNotificationWithTimeout(absl::Milliseconds(100))) {
    const timespec now = {0, 0};
    if (sigtimedwait(&signals, nullptr, &now) > 0) _exit(0);
  }
  return status;
}

// Blocks until a signal says stop; returns it. The gRPC health service is told what /readyz
// computes meanwhile.
int AwaitSignal(const runtime::Node& node, api::GrpcServer* server, const sigset_t& signals) {
  int signal_number = 0;
  bool was_ready = true;
  while (signal_number <= 0) {
    const timespec pause = {0, 250'000'000};
    signal_number = sigtimedwait(&signals, nullptr, &pause);
    const bool is_ready = node.readiness().is_ready;
    if (is_ready != std::exchange(was_ready, is_ready)) server->SetReady(is_ready);
  }
  return signal_number;
}

// Why the engine is not ready; "" where it is.
std::string WhyNotReady(const runtime::Node& node, bool is_open, bool is_stopping) {
  if (is_stopping) return "stopping";
  if (!is_open) return "opening the store and loading executions";
  const runtime::Node::Readiness readiness = node.readiness();
  if (readiness.is_ready) return "";
  return readiness.why.empty() ? "not ready" : readiness.why;
}

int Run(EngineFlags flags) {
  const sigset_t signals = BlockSignals();
  Prepare(&flags);

  std::vector<std::string> warnings;
  absl::StatusOr<std::unique_ptr<persistence::Store>> store =
      OpenStore(flags.store, flags.ranges, &warnings);
  if (!store.ok()) return Refuse(store.status());
  if (flags.reencrypts) {
    const absl::Status status = ReencryptStore(flags.encryption_keys, **store);
    return status.ok() ? 0 : Refuse(status);
  }
  if (const absl::Status status = EncryptStore(flags.encryption_keys, &*store); !status.ok()) {
    return Refuse(status);
  }
  Log(LogLevel::kInfo, "store is open", {{"store", (*store)->description()}});

  absl::StatusOr<std::unique_ptr<objects::ObjectStore>> objects =
      OpenObjectStore(flags.object_store, flags.object_store_region, &warnings);
  if (!objects.ok()) return Refuse(objects.status());
  for (const std::string& warning : warnings) Log(LogLevel::kWarning, warning);

  runtime::SystemClock clock;
  auto admission = Admission::Open(flags.admission, flags.runtime.region, store->get(), &clock);
  if (!admission.ok()) return Refuse(admission.status());
  if (flags.admission.authenticates() && !flags.admission.has_tls()) {
    Log(LogLevel::kInfo,
        "callers prove who they are, without TLS: bearer tokens can be read on the way");
  }
  auto execution_log = runtime::ExecutionLogWriter::Open(
      flags.execution_logs,
      [](absl::string_view text) { Log(LogLevel::kWarning, std::string(text)); });
  if (!execution_log.ok()) {
    return Refuse(
        absl::StrCat("--execution-logs: ", std::string(execution_log.status().message())));
  }
  runtime::ThreadStoreAccess access(store->get(), runtime::ReadThreads());
  runtime::ThreadBlocking blocking(flags.object_threads, "pawl-objects");
  // They take what the strands leave of the processors.
  runtime::ThreadBlocking slow(flags.slow_threads, "pawl-slow", /*nice=*/10);
  runtime::ThreadStrand node_strand("pawl-node"), leases("pawl-leases");
  std::map<persistence::Slot, runtime::ThreadStrand> range_strands;  // by first slot
  const std::unique_ptr<api::PrometheusMetrics> metrics = api::PrometheusMetrics::Create();
  runtime::WorldRef world;
  world.clock = &clock;
  world.strand = &node_strand;
  world.leases = &leases;
  world.store = &access;
  world.blocking = &blocking;
  world.slow = &slow;
  world.objects = objects->get();
  world.seed = &runtime::SecureRandom;
  world.is_dead = &runtime::HasEnded;
  runtime::Node node(
      flags.runtime, std::move(world),
      [&range_strands](persistence::SlotRange slots) {
        return &range_strands.try_emplace(slots.first, "pawl-range").first->second;
      },
      metrics.get(), execution_log->get());

  std::atomic<bool> is_open{false}, is_stopping{false};
  std::atomic<api::aws_json::Front*> aws_front{nullptr};
  const service::Gate metrics_gate((*admission)->gate(), &clock, flags.runtime.account);
  auto http = api::ServeHttp(
      flags.http_listen, HttpOptionsOf(flags),
      {[&](const http::Request& request) {
         return AnswerMetrics(metrics_gate, request,
                              [&] { return metrics->Expose(is_open ? &node : nullptr); });
       },
       [&] { return WhyNotReady(node, is_open, is_stopping); }, &api::aws_json::Front::IsFor,
       [&](http::Request request, http::Respond respond) {
         api::aws_json::Front* front = aws_front;
         if (front != nullptr) return front->Handle(std::move(request), std::move(respond));
         respond(api::aws_json::NotServing(WhyNotReady(node, is_open, is_stopping),
                                           runtime::SecureRandom()));
       }});
  if (!http.ok()) return Refuse(http.status());

  // Served only when everything is loaded: a worker that reconnects must find its tasks.
  const absl::Time began = absl::Now();
  const absl::Status opened = OpenNode(&node, signals);
  if (!opened.ok()) return Refuse(opened.ToString());
  const size_t ranges = node.ranges().size();
  if (flags.ranges > 0 && ranges != static_cast<size_t>(flags.ranges)) {
    Log(LogLevel::kWarning, "--ranges counts for a new store only; this one keeps its ranges",
        {{"ranges", absl::StrCat(ranges)}});
  }
  // http:invoke runs here, or it is left to whichever workers serve its queue.
  absl::optional<runtime::ThreadBlocking> http_threads;
  std::shared_ptr<HttpSession> http_session;
  if (flags.runs_http) {
    http_threads.emplace(flags.http_concurrency, "pawl-http");
    http_session = HttpSession::Connect(HttpTaskOptions(flags),
                                        {flags.http_concurrency, flags.http_host_concurrency},
                                        &node, &*http_threads);
  }
  api::ServerOptions server_options;
  server_options.listen = flags.listen;
  if (flags.admission.has_tls()) {
    server_options.tls = {flags.admission.tls_certificate_file, flags.admission.tls_key_file,
                          flags.admission.tls_client_ca_file};
  }
  service::Settings settings;
  settings.version = kVersion;
  settings.shows_task_tokens = flags.shows_task_tokens;
  settings.reveals_connection_secrets = flags.reveals_connection_secrets;
  settings.run_task = TaskRunnerOf(&node, http_session);
  settings.gate = (*admission)->gate();
  settings.access_keys = (*admission)->access_keys();
  service::Service service(&node, std::move(settings));
  auto server = api::GrpcServer::Start(server_options, &service);
  if (!server.ok()) return Refuse(server.status());
  api::aws_json::Front front(&service);
  aws_front = &front;
  metrics->StartCounting(&node);
  is_open = true;
  Log(LogLevel::kInfo, "serving",
      {{"grpc_port", absl::StrCat((*server)->port())},
       {"http_port", absl::StrCat((*http)->port())},
       {"node", flags.runtime.node_name},
       {"recovery_ms", absl::StrCat(absl::ToInt64Milliseconds(absl::Now() - began))}});

  const int signal_number = AwaitSignal(node, server->get(), signals);
  Log(LogLevel::kInfo, "stopping: finishing open calls and commits",
      {{"signal", absl::StrCat(signal_number)}});
  is_stopping = true;
  aws_front = nullptr;
  (*server)->Shutdown(flags.drain);
  (*http)->Stop(flags.drain);
  if (http_session != nullptr) http_session->Stop();
  absl::Notification closed;
  node.Close([&closed] { closed.Notify(); });
  closed.WaitForNotificationWithTimeout(flags.drain);
  // What still runs or waits refers to the node, which goes before the threads do.
  access.Stop();
  blocking.Stop();
  slow.Stop();
  for (auto& [slot, strand] : range_strands) strand.Stop();
  node_strand.Stop();
  leases.Stop();
  Log(LogLevel::kInfo, "stopped");
  return 0;
}

}  // namespace
}  // namespace pawl

int main(int argc, char** argv) {
  pawl::EngineFlags flags;
  const absl::Status status =
      pawl::ParseFlags(std::vector<std::string>(argv + 1, argv + argc), &flags);
  if (!status.ok()) {
    std::fprintf(stderr, "pawl-engine: %s\n", std::string(status.message()).c_str());
    return 2;
  }
  if (flags.wants_help) {
    std::fputs(pawl::HelpText().c_str(), stdout);
    return 0;
  }
  if (flags.wants_version) {
    std::printf("pawl-engine %s\n", pawl::kVersion);
    return 0;
  }
  absl::Status checked = pawl::CheckHttpFiles(flags);
  checked.Update(pawl::CheckAdmission(flags.admission, flags.listen, flags.http_listen));
  if (!checked.ok()) {
    std::fprintf(stderr, "pawl-engine: %s\n", std::string(checked.message()).c_str());
    return 2;
  }
  return pawl::Run(std::move(flags));
}
