// pawl config set|use|list|delete
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/contexts.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

absl::Status NoContext(const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("there is no context '", OneLine(name), "'; pawl config list shows them"));
}

// Changes the file; `change` says what was done.
template <typename Change>
ExitCode Edit(Invocation& call, Change change) {
  absl::StatusOr<Contexts> contexts = ReadContexts(ContextsPath());
  if (!contexts.ok()) return call.Refuse(contexts.status());
  absl::StatusOr<std::string> done = change(&*contexts);
  if (!done.ok()) return call.Refuse(done.status());
  const absl::Status status = WriteContexts(ContextsPath(), *contexts);
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), Value::EmptyObject());
  } else {
    call.console().Line(
        absl::StrCat(call.console().palette()(Style::kGood, "✔ "), *std::move(done)));
  }
  return ExitCode::kOk;
}

ExitCode Set(Invocation& call) {
  const std::string name = call.args().At(0);
  if (name.empty() || name.size() > 64)
    return call.Usage("a context's name has 1 to 64 characters");
  return Edit(call, [&](Contexts* contexts) -> absl::StatusOr<std::string> {
    Context context;
    for (const std::string& flag : ConnectionFlags()) {
      if (!call.args().Has(flag)) continue;
      const std::string text = call.args().Text(flag);
      context[flag] = flag == "tls" ? "true" : text;
      // A context is used from other folders too.
      if (absl::EndsWith(flag, "-file") && !absl::StartsWith(text, "/")) {
        return absl::InvalidArgumentError(
            absl::StrCat("--", flag, ": give the whole path, not '", OneLine(text), "'"));
      }
    }
    contexts->all[name] = std::move(context);
    if (contexts->current.empty()) contexts->current = name;
    return absl::StrCat("context ", OneLine(name),
                        contexts->current == name ? ", which is used from now on" : "");
  });
}

ExitCode Use(Invocation& call) {
  const std::string name = call.args().At(0);
  return Edit(call, [&](Contexts* contexts) -> absl::StatusOr<std::string> {
    if (contexts->all.count(name) == 0) return NoContext(name);
    contexts->current = name;
    return absl::StrCat("context ", OneLine(name), " is used from now on");
  });
}

ExitCode Delete(Invocation& call) {
  const std::string name = call.args().At(0);
  return Edit(call, [&](Contexts* contexts) -> absl::StatusOr<std::string> {
    if (contexts->all.erase(name) == 0) return NoContext(name);
    if (contexts->current == name) contexts->current.clear();
    return absl::StrCat("deleted the context ", OneLine(name));
  });
}

ExitCode List(Invocation& call) {
  const absl::StatusOr<Contexts> contexts = ReadContexts(ContextsPath());
  if (!contexts.ok()) return call.Refuse(contexts.status());
  Table table({{""}, {"CONTEXT"}, {"ENGINE"}, {"NAMESPACE"}, {"SETTINGS", {.shrinks = true}}});
  Value::Elements json;
  for (const auto& [name, context] : contexts->all) {
    const auto setting = [&](const std::string& key) {
      const auto found = context.find(key);
      return found == context.end() ? std::string() : OneLine(found->second);
    };
    std::string rest;
    Value::Members members = {{"name", Value::String(name)},
                              {"current", Value::Bool(name == contexts->current)}};
    for (const auto& [key, value] : context) {
      members.emplace_back(key, Value::String(value));
      if (key != "engine" && key != "namespace")
        absl::StrAppend(&rest, key, "=", OneLine(value), " ");
    }
    json.push_back(Value::Object(std::move(members)));
    table.Add({{name == contexts->current ? "*" : ""},
               {OneLine(name), Style::kAccent},
               {setting("engine")},
               {setting("namespace")},
               {rest}});
  }
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(json)));
  } else if (table.is_empty()) {
    call.console().Note("no contexts yet; make one with: pawl config set NAME --engine HOST:PORT");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> ConfigCommands() {
  return {
      {"config set",
       "NAME",
       "a named engine with its credentials",
       "Keeps --engine, --token-file, --tls, --ca-file, --certificate-file, --key-file, "
       "--server-name and --namespace as they are given here; the first context is used at once. "
       "Contexts are in ~/.config/pawl/config.json, or where PAWL_CONFIG says. A token itself is "
       "never kept there, only the file that holds it.",
       1,
       1,
       {},
       {{"pawl config set prod --engine pawl.example.com:7233 --tls --token-file ~/.pawl/prod",
         "an engine over TLS, with an access key"},
        {"pawl --context prod list", "ask it"}},
       &Set},
      {"config use",
       "NAME",
       "the context that counts from now on",
       "",
       1,
       1,
       {},
       {{"pawl config use prod", "use it"}},
       &Use},
      {"config list",
       "",
       "all contexts; * is the one in use",
       "",
       0,
       0,
       {},
       {{"pawl config list", "show them"}},
       &List},
      {"config delete",
       "NAME",
       "forget a context",
       "",
       1,
       1,
       {},
       {{"pawl config delete staging", "forget it"}},
       &Delete},
  };
}

}  // namespace pawl::cli
