// pawl-engine's flags. Each is also an environment variable: --store is PAWL_STORE, --http-listen
// is PAWL_HTTP_LISTEN. A flag given on the command line wins.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/admission_flags.h"
#include "engine/runtime/execution_log_writer.h"
#include "engine/runtime/machines/namespace_registry.h"
#include "engine/runtime/options.h"
#include "engine/runtime/world/log.h"

namespace pawl {

struct EngineFlags {
  std::string listen = "127.0.0.1:7233";
  std::string http_listen = "127.0.0.1:7234";
  size_t http_max_body = size_t{16} << 20;
  int http_connections_per_address = 2'000;
  std::string store = "sqlite:./pawl-data";
  int ranges = 0;               // of a new store; 0: as OpenStore says
  std::string encryption_keys;  // a file
  bool reencrypts = false;
  std::string object_store = "folder:./pawl-objects";
  std::string object_store_region = "us-east-1";
  int object_threads = 4;
  bool runs_http = true;
  std::vector<std::string> http_allow;
  bool http_allows_private = false;
  bool http_allows_plain = false;
  std::string http_connections;
  std::string http_ca_file;
  int http_concurrency = 32;
  int http_host_concurrency = 0;  // set by ParseFlags: a quarter of http_concurrency, at least 1
  bool reveals_connection_secrets = false;
  std::string log_format = "text";
  LogLevel log_level = LogLevel::kInfo;
  runtime::ExecutionLogSettings execution_logs;
  bool shows_task_tokens = false;
  absl::Duration drain = absl::Seconds(10);
  int slow_threads = 2;
  runtime::Options runtime = [] {
    runtime::Options options;
    options.memory_limit = 0;  // by the machine
    options.open_activities = false;
    options.configuration_refresh = runtime::NamespaceRegistry::kTrust;
    return options;
  }();

  AdmissionFlags admission;

  bool wants_help = false;
  bool wants_version = false;
};

// InvalidArgument names the flag, what is wrong with its value and what is right.
absl::Status ParseFlags(const std::vector<std::string>& arguments, EngineFlags* flags);

std::string HelpText();

}  // namespace pawl
