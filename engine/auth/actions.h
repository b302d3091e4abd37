// Every operation of the engine, and what a policy calls it. What has no line here is denied.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl::auth {

// What an operation is authorized on.
enum class ResourceKind {
  kNothing,       // "*": a token, or a text that is not stored
  kStateMachine,  // a machine, a version or an alias; "" is all of them
  kExecution,
  kMapRun,
  kActivity,      // an activity, which is a queue; "" is all of them
  kTagged,        // a machine or an activity
  kKey,           // an access key
  kNamespace,     // a namespace
  kCluster,       // the engine, as every namespace sees it
  kInstallation,  // the engine with all namespaces: only for principals that belong to all
};

struct Action {
  absl::string_view operation;  // as authorizers and rate limits are asked: "StartExecution"
  absl::string_view name;       // "states:StartExecution"
  ResourceKind kind;
  bool is_audited;  // it changes state, or takes payloads out on a way around the API
  // The action of AWS that does the same: who may do that may do this, and who must not must not.
  absl::string_view equivalent = "";
};

// All of them, by operation.
absl::Span<const Action> Actions();
// nullptr for an operation that is not in the table.
const Action* FindAction(absl::string_view operation);

// Which operation a call of gRPC is.
struct RpcOperation {
  absl::string_view rpc;  // "Executions.Start"
  absl::string_view operation;
};
absl::Span<const RpcOperation> RpcOperations();
// "" for an RPC that is not in the table.
absl::string_view OperationOfRpc(absl::string_view rpc);

}  // namespace pawl::auth
