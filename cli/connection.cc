#include "cli/connection.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/contexts.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr char kDefaultEngine[] = "127.0.0.1:7233";

std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): never set
  return value == nullptr ? "" : value;
}

// "token-file": PAWL_TOKEN_FILE.
std::string VariableOf(const std::string& flag) {
  return Variable(
      absl::StrCat("PAWL_", absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}}))));
}

// The one that counts; empty where there is none.
absl::StatusOr<Context> ContextOf(const Arguments& arguments) {
  std::string name = arguments.Text("context", Variable("PAWL_CONTEXT"));
  const bool is_chosen = !name.empty();
  const std::string path = ContextsPath();
  const absl::StatusOr<Contexts> contexts = ReadContexts(path);
  if (!contexts.ok()) return contexts.status();
  if (!is_chosen) name = contexts->current;
  if (name.empty()) return Context();
  const auto found = contexts->all.find(name);
  if (found != contexts->all.end()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no context '", OneLine(name), "' in '", path,
                   "': pawl config list shows them, pawl config set NAME makes one"));
}

}  // namespace

const std::vector<std::string>& ConnectionFlags() {
  static const auto* const flags =
      new std::vector<std::string>{"engine",           "token-file", "tls",         "ca-file",
                                   "certificate-file", "key-file",   "server-name", "namespace"};
  return *flags;
}

absl::StatusOr<ConnectOptions> ConnectionOf(const Arguments& arguments) {
  const absl::StatusOr<Context> context = ContextOf(arguments);
  if (!context.ok()) return context.status();
  const auto setting = [&](const std::string& flag) -> std::string {
    if (arguments.Has(flag)) return arguments.Text(flag);
    if (std::string value = VariableOf(flag); !value.empty()) return value;
    const auto found = context->find(flag);
    return found == context->end() ? "" : found->second;
  };
  ConnectOptions options;
  const std::string engine = setting("engine");
  options.addresses = {engine.empty() ? kDefaultEngine : engine};
  TlsOptions tls;
  tls.ca_file = setting("ca-file");
  tls.certificate_file = setting("certificate-file");
  tls.key_file = setting("key-file");
  tls.server_name = setting("server-name");
  // Of a switch that was given there is no text.
  const std::string wanted = arguments.Has("tls") ? "true" : setting("tls");
  const bool has_tls = (!wanted.empty() && wanted != "false" && wanted != "0") ||
                       !tls.ca_file.empty() || !tls.certificate_file.empty() ||
                       !tls.key_file.empty() || !tls.server_name.empty();
  if (has_tls) options.tls = std::move(tls);
  // The token itself is more than a file of a context, and less than a flag.
  if (!arguments.Has("token-file")) options.token = Variable("PAWL_TOKEN");
  if (options.token.empty()) options.token_file = setting("token-file");
  options.ns = setting("namespace");
  return options;
}

}  // namespace pawl::cli
