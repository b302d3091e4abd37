#include "engine/auth/access.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "engine/value/terminal_text.h"

namespace pawl::auth {
namespace {

// No resource has a longer name; operations refuse it.
constexpr size_t kMaxResourceBytes = 8 * 1024;
constexpr size_t kAccountPart = 4;
constexpr size_t kTypePart = 5;

Target StatesTarget(const aws::ArnContext& context, absl::string_view what) {
  return {absl::StrCat("arn:aws:states:", context.region, ":", context.account, ":", what),
          context.account};
}

Target PawlTarget(const aws::ArnContext& context, absl::string_view what) {
  return {absl::StrCat("arn:aws:pawl:", context.region, ":", context.account, ":", what),
          context.account};
}

// A text that names nothing: the operation will say so to whoever may call it.
Target Unresolved(const aws::ArnContext& context, absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  const bool has_account = absl::StartsWith(text, "arn:") && parts.size() > kAccountPart;
  return {std::string(text), has_account ? std::string(parts[kAccountPart]) : context.account};
}

Target Machine(const aws::ArnContext& context, absl::string_view text) {
  if (text.empty()) return StatesTarget(context, "stateMachine:*");
  const auto machine = aws::ParseMachine(context, text);
  if (!machine.ok()) return Unresolved(context, text);
  return {aws::ArnOf(context, *machine), machine->ns};
}

Target Execution(const aws::ArnContext& context, absl::string_view text) {
  if (text.empty()) return StatesTarget(context, "execution:*");
  const auto id = aws::ParseExecution(context, text);
  if (!id.ok()) return Unresolved(context, text);
  const aws::ArnContext own{context.region, id->ns};
  return {aws::IsExpressName(id->name) ? aws::ExpressArn(own, id->machine, id->name)
                                       : aws::ExecutionArn(own, id->machine, id->name),
          id->ns};
}

Target MapRun(const aws::ArnContext& context, absl::string_view text) {
  if (text.empty()) return StatesTarget(context, "mapRun:*");
  if (!aws::ParseMapRun(context, text).ok()) return Unresolved(context, text);
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', kTypePart));
  return StatesTarget({context.region, std::string(parts[kAccountPart])}, parts[kTypePart]);
}

// The names of queues are freer than those of activities: "SERVICE:ACTION".
Target Activity(const aws::ArnContext& context, absl::string_view text) {
  if (text.empty()) return StatesTarget(context, "activity:*");
  if (!absl::StartsWith(text, "arn:")) return {aws::ActivityArn(context, text), context.account};
  const auto activity = aws::ParseActivity(context, text);
  if (!activity.ok()) return Unresolved(context, text);
  return {aws::ActivityArn({context.region, activity->ns}, activity->name), activity->ns};
}

Target Tagged(const aws::ArnContext& context, absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  const bool is_activity = parts.size() > kTypePart && parts[kTypePart] == "activity";
  return is_activity ? Activity(context, text) : Machine(context, text);
}

absl::Status Denied(const Principal& principal, absl::string_view action,
                    absl::string_view resource) {
  return aws::MakeError(aws::Error::kAccessDenied,
                        absl::StrCat("User: ", principal.name, " is not authorized to perform: ",
                                     action, " on resource: ", SafeLines(resource)));
}

}  // namespace

Target ResolveTarget(ResourceKind kind, const aws::ArnContext& context,
                     absl::string_view resource) {
  if (resource.size() > kMaxResourceBytes) return {"(too long)", context.account};
  switch (kind) {
    case ResourceKind::kNothing:
      return {"*", context.account};
    case ResourceKind::kStateMachine:
      return Machine(context, resource);
    case ResourceKind::kExecution:
      return Execution(context, resource);
    case ResourceKind::kMapRun:
      return MapRun(context, resource);
    case ResourceKind::kActivity:
      return Activity(context, resource);
    case ResourceKind::kTagged:
      return Tagged(context, resource);
    case ResourceKind::kKey:
      return PawlTarget(context, absl::StrCat("key/", resource.empty() ? "*" : resource));
    case ResourceKind::kNamespace: {
      const std::string account = resource.empty() ? context.account : std::string(resource);
      return PawlTarget({context.region, account}, absl::StrCat("namespace/", account));
    }
    case ResourceKind::kCluster:
      return PawlTarget(context, "cluster");
    case ResourceKind::kInstallation:
      return PawlTarget({context.region, ""}, resource.empty()
                                                  ? "installation"
                                                  : absl::StrCat("installation/", resource));
  }
  return {"(unknown)", context.account};
}

absl::Status CheckAccess(const Principal& principal, const aws::ArnContext& context,
                         absl::string_view operation, absl::string_view resource) {
  const Action* action = FindAction(operation);
  if (action == nullptr) return Denied(principal, absl::StrCat("pawl:", operation), resource);
  const Target target = ResolveTarget(action->kind, context, resource);
  const bool is_in_its_namespace =
      principal.is_of_all_namespaces() ||
      (target.account == principal.ns && context.account == principal.ns);
  if (!is_in_its_namespace) return Denied(principal, action->name, target.arn);
  AccessRequest request{{action->name}, target.arn};
  if (!action->equivalent.empty()) request.actions.push_back(action->equivalent);
  if (Decide(principal.policies, request) == Verdict::kAllowed) return absl::OkStatus();
  return Denied(principal, action->name, target.arn);
}

}  // namespace pawl::auth
