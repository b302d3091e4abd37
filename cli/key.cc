// pawl key create|list|revoke|delete
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

// "@FILE" is the document in that file.
absl::StatusOr<std::string> PolicyOf(const std::string& text) {
  if (!absl::StartsWith(text, "@")) return text;
  std::ifstream file(text.substr(1));
  std::stringstream document;
  document << file.rdbuf();
  if (file.is_open() && !file.bad()) return document.str();
  return absl::InvalidArgumentError(absl::StrCat("--policy: cannot read '", text.substr(1), "'"));
}

absl::Status Fill(const Arguments& args, v1::AccessKeysCreateRequest* request) {
  request->set_name(args.Text("name"));
  request->set_namespace_(args.Text("namespace"));
  for (const std::string& text : args.All("policy")) {
    absl::StatusOr<std::string> policy = PolicyOf(text);
    if (!policy.ok()) return policy.status();
    request->add_policies(*std::move(policy));
  }
  if (!args.Has("name")) return absl::InvalidArgumentError("give the key a --name");
  if (request->policies().empty()) {
    return absl::InvalidArgumentError(
        "give it a --policy: admin, operator, developer, worker:QUEUE,..., reader, metrics or "
        "@FILE");
  }
  if (args.Has("expires-in")) {
    const absl::Time expires = absl::Now() + args.Duration("expires-in", absl::Hours(24));
    request->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(expires));
  }
  return absl::OkStatus();
}

// The bearer token, for --token-file. Fails rather than to replace a file.
absl::Status WriteToken(const std::string& path, const v1::AccessKeysCreateResponse& created) {
  const mode_t before = umask(S_IRWXG | S_IRWXO);
  std::FILE* file = std::fopen(path.c_str(), "wx");
  umask(before);
  const std::string text = absl::StrCat(created.key().id(), ".", created.secret(), "\n");
  bool is_written = file != nullptr && std::fputs(text.c_str(), file) >= 0;
  if (file != nullptr) is_written = std::fclose(file) == 0 && is_written;
  if (is_written) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot write a new file '", path, "'"));
}

void PrintCreated(Invocation& call, const v1::AccessKeysCreateResponse& created) {
  const Palette& paint = call.console().palette();
  Console& console = call.console();
  console.Line(absl::StrCat(paint(Style::kGood, "✔ "), "access key ",
                            paint(Style::kAccent, OneLine(created.key().name()))));
  console.Line(FieldLine(paint, "id", created.key().id()));
  if (!call.args().Has("output")) {
    console.Line(FieldLine(paint, "secret", created.secret()));
    console.Line(paint(Style::kDim,
                       "  The secret is shown this once. For AWS's clients they are "
                       "access key id and secret; for pawl, put ID.SECRET into a file "
                       "and give it with --token-file."));
  }
  for (const std::string& warning : created.warnings()) {
    console.Note(absl::StrCat(paint(Style::kWarn, "warning: "), OneLine(warning)));
  }
}

ExitCode Create(Invocation& call) {
  v1::AccessKeysCreateRequest request;
  if (const absl::Status status = Fill(call.args(), &request); !status.ok()) {
    return call.Usage(std::string(status.message()));
  }
  v1::AccessKeysCreateResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.args().Has("output")) {
    const absl::Status written = WriteToken(call.args().Text("output"), response);
    if (!written.ok()) {
      call.Refuse(written);
      call.console().Note(
          absl::StrCat("  the key was made: pawl key revoke ", response.key().id()));
      return ExitCode::kFailed;
    }
  }
  if (call.wants_json()) {
    if (call.args().Has("output")) response.clear_secret();
    PrintJson(call.console(), ToJsonValue(response));
  } else {
    PrintCreated(call, response);
  }
  return ExitCode::kOk;
}

struct KeyState {
  std::string text;
  Style style;
};

KeyState StateOf(const v1::AccessKey& key, absl::Time now) {
  if (key.has_revoke_time()) return {"revoked", Style::kBad};
  if (key.has_expire_time() && ToTime(key.expire_time()) <= now) return {"expired", Style::kBad};
  if (!key.damage().empty()) return {key.damage(), Style::kBad};
  return {"valid", Style::kGood};
}

// A document is told by its first characters only.
std::string PoliciesText(const v1::AccessKey& key) {
  return absl::StrJoin(key.policies(), " ", [](std::string* out, const std::string& policy) {
    absl::StrAppend(out, absl::StartsWith(policy, "{") ? "{…}" : OneLine(policy));
  });
}

ExitCode List(Invocation& call) {
  return AskAndPrint<v1::AccessKeysListRequest, v1::AccessKeysListResponse>(
      call, {}, [](Invocation& of, const v1::AccessKeysListResponse& response) {
        if (response.keys().empty()) {
          return of.console().Note(
              "no access keys yet; make one with: pawl key create --name ci --policy developer");
        }
        Table table({{"NAME"},
                     {"ID"},
                     {"NAMESPACE"},
                     {"POLICIES", {.shrinks = true}},
                     {"STATE"},
                     {"LAST USE"},
                     {"CREATED"}});
        const absl::Time now = absl::Now();
        for (const v1::AccessKey& key : response.keys()) {
          const KeyState state = StateOf(key, now);
          table.Add(
              {{key.name(), Style::kAccent},
               {key.id()},
               {key.namespace_().empty() ? "all" : key.namespace_()},
               {PoliciesText(key)},
               {state.text, state.style},
               {key.has_last_use_time() ? FormatAgo(ToTime(key.last_use_time()), now) : "never"},
               {FormatAgo(ToTime(key.create_time()), now)}});
        }
        of.console().Out(table.Render(of.console().palette(), of.console().width()));
      });
}

// Each of the ids that are given.
template <typename Request, typename Response>
ExitCode ForEachId(Invocation& call, const char* done) {
  for (const std::string& id : call.args().positional()) {
    Request request;
    Response response;
    request.set_id(id);
    const absl::Status status = call.engine().Call(request, &response);
    if (!status.ok()) return call.Refuse(status);
    if (call.wants_json()) continue;
    const Palette& paint = call.console().palette();
    call.console().Line(
        absl::StrCat(paint(Style::kGood, "✔ "), done, " ", paint(Style::kAccent, OneLine(id))));
  }
  if (call.wants_json()) PrintJson(call.console(), Value::EmptyObject());
  return ExitCode::kOk;
}

ExitCode Revoke(Invocation& call) {
  return ForEachId<v1::AccessKeysRevokeRequest, v1::AccessKeysRevokeResponse>(call, "revoked");
}

ExitCode Delete(Invocation& call) {
  return ForEachId<v1::AccessKeysDeleteRequest, v1::AccessKeysDeleteResponse>(call, "deleted");
}

}  // namespace

std::vector<Command> KeyCommands() {
  return {
      {"key create",
       "",
       "an access key: credentials for a program",
       "It is an AWS access key and, as ID.SECRET, a bearer token for gRPC. To replace one, make "
       "another of its name and revoke the old one when nobody uses it any more.\n"
       "With --namespace it acts in that namespace only.",
       0,
       0,
       {{"name", Flag::Kind::kText, "NAME", "what people call it"},
        {"policy", Flag::Kind::kText, "POLICY",
         "what it may do: admin, operator, developer, worker:QUEUE,..., reader, metrics, or @FILE "
         "with a policy in IAM's form; may be repeated"},
        {"expires-in", Flag::Kind::kDuration, "DURATION", "not valid after that [for ever]"},
        {"output", Flag::Kind::kText, "FILE",
         "write ID.SECRET to this new file instead of showing the secret", 'o'}},
       {{"pawl key create --name ci --policy developer", "for a pipeline"},
        {"pawl key create --name orders --policy worker:charge,ship -o orders.token",
         "for a worker, into a file"},
        {"pawl key create --name audit --policy @audit.json --expires-in 720h",
         "with its own policy"}},
       &Create},
      {"key list",
       "",
       "all access keys",
       "",
       0,
       0,
       {},
       {{"pawl key list", "with their last use"}},
       &List},
      {"key revoke",
       "ID...",
       "access keys that are refused from now on",
       "At once on the engine that is asked, within about five seconds on the others.",
       1,
       -1,
       {},
       {{"pawl key revoke PWLDDBO2D5BBMV6NUJLN", "revoke it"}},
       &Revoke},
      {"key delete",
       "ID...",
       "delete access keys that are revoked or have expired",
       "",
       1,
       -1,
       {},
       {{"pawl key delete PWLDDBO2D5BBMV6NUJLN", "delete it"}},
       &Delete},
  };
}

}  // namespace pawl::cli
