// All operations of the engine, once, between the fronts (gRPC, HTTP) and the runtime. A front
// converts a request to the operation's arguments and the answer or error to its own form; limits,
// paging, tokens, waiting and authorization are here.
//
//   Service service(&node, {.shows_task_tokens = true});
//   service.executions.Start(context, {"order", "order-7", "{}"}, [](auto started) { ... });
//
// Thread-safe. The node outlives it, and so do calls that are under way: stop the fronts first.
#pragma once

#include <string>
#include <utility>

#include "engine/service/access_keys.h"
#include "engine/service/activities.h"
#include "engine/service/cluster.h"
#include "engine/service/executions.h"
#include "engine/service/gate.h"
#include "engine/service/history.h"
#include "engine/service/machines.h"
#include "engine/service/map_runs.h"
#include "engine/service/namespaces.h"
#include "engine/service/tasks.h"
#include "engine/service/test_states.h"

namespace pawl::service {

struct Settings {
  std::string version;                      // as DescribeCluster tells it
  bool shows_task_tokens = false;           // flag --show-task-tokens
  bool reveals_connection_secrets = false;  // flag --reveal-connection-secrets
  TaskRunner run_task;                      // empty: TestState refuses tasks without a mock
  GateSettings gate;                        // who is let in; by default anybody
  auth::AccessKeys* access_keys = nullptr;  // null: there are none
};

// What the gate needs of the node.
inline GateSettings WithNamespaces(GateSettings gate, runtime::Node& node) {
  gate.namespaces = &node.namespaces();
  return gate;
}

struct Service {
  Service(runtime::Node* node, Settings settings)
      : gate(WithNamespaces(settings.gate, *node), node->world().clock, node->options().account),
        deps{node, &gate},
        access_keys(deps, settings.access_keys),
        activities(deps),
        executions(deps, settings.shows_task_tokens),
        histories(deps),
        machines(deps),
        map_runs(deps),
        namespaces(deps),
        tagging(deps),
        tasks(deps),
        test_states(deps, std::move(settings.run_task), settings.reveals_connection_secrets),
        cluster(deps, std::move(settings.version)) {}

  const Gate gate;
  const Deps deps;  // of HistoryFollower and TaskPoll, which are objects of their own
  AccessKeyAdmin access_keys;
  Activities activities;
  Executions executions;
  Histories histories;
  Machines machines;
  MapRuns map_runs;
  Namespaces namespaces;
  Tagging tagging;
  Tasks tasks;
  TestStates test_states;
  Cluster cluster;
};

}  // namespace pawl::service
