#include "cli/contexts.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/connection.h"
#include "engine/value/json.h"
#include "engine/value/value.h"

namespace pawl::cli {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never set
  return value == nullptr ? "" : value;
}

absl::Status Wrong(const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the file of contexts '", path, "' ", why, "; mend it, or remove it"));
}

absl::StatusOr<Context> ReadContext(const std::string& path, const std::string& name,
                                    const Value& value) {
  const std::string at = absl::StrCat("/contexts/", name);
  if (!value.is_object()) return Wrong(path, absl::StrCat("has no object at ", at));
  Context context;
  const auto& known = ConnectionFlags();
  for (const auto& [key, setting] : value.AsObject()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Wrong(path, absl::StrCat("has a setting that is not known: ", at, "/", key));
    }
    if (!setting.is_string()) return Wrong(path, absl::StrCat("has no text at ", at, "/", key));
    context[std::string(key)] = setting.AsString();
  }
  return context;
}

}  // namespace

std::string ContextsPath() {
  if (std::string path = Variable("PAWL_CONFIG"); !path.empty()) return path;
  const std::string config = Variable("XDG_CONFIG_HOME"), home = Variable("HOME");
  if (!config.empty()) return config + "/pawl/config.json";
  return home.empty() ? "" : home + "/.config/pawl/config.json";
}

absl::StatusOr<Contexts> ReadContexts(const std::string& path) {
  Contexts contexts;
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return contexts;
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file.is_open() || file.bad()) return Wrong(path, "cannot be read");
  const absl::StatusOr<Value> json = ParseJson(text.str());
  if (!json.ok()) return Wrong(path, absl::StrCat("is not JSON: ", json.status().message()));
  if (!json->is_object()) return Wrong(path, "is not a JSON object");
  if (const Value* current = json->Find("current"); current != nullptr) {
    if (!current->is_string()) return Wrong(path, "has no text at /current");
    contexts.current = current->AsString();
  }
  const Value* all = json->Find("contexts");
  if (all == nullptr) return contexts;
  if (!all->is_object()) return Wrong(path, "has no object at /contexts");
  for (const auto& [name, value] : all->AsObject()) {
    absl::StatusOr<Context> context = ReadContext(path, std::string(name), value);
    if (!context.ok()) return context.status();
    contexts.all[std::string(name)] = *std::move(context);
  }
  return contexts;
}

absl::Status WriteContexts(const std::string& path, const Contexts& contexts) {
  if (path.empty()) {
    return absl::InvalidArgumentError("there is no place for contexts: set HOME, or PAWL_CONFIG");
  }
  Value::Members all;
  for (const auto& [name, context] : contexts.all) {
    Value::Members settings;
    for (const auto& [key, value] : context) settings.emplace_back(key, Value::String(value));
    all.emplace_back(name, Value::Object(std::move(settings)));
  }
  Value::Members file;
  if (!contexts.current.empty()) file.emplace_back("current", Value::String(contexts.current));
  file.emplace_back("contexts", Value::Object(std::move(all)));
  const std::string text = ToJson(Value::Object(std::move(file))) + "\n";

  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const std::string temporary = absl::StrCat(path, ".", getpid());
  const int out = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_written =
      out >= 0 && write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int why = errno;
  if (out >= 0) close(out);
  if (!is_written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = is_written ? errno : why;
    unlink(temporary.c_str());
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write '", path, "': ", std::generic_category().message(reason)));
  }
  return absl::OkStatus();
}

}  // namespace pawl::cli
