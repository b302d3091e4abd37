#include "engine/service/executions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/aws/error.h"
#include "engine/service/child_items.h"
#include "engine/service/end_wait.h"
#include "engine/service/limits.h"
#include "engine/service/page_token.h"
#include "engine/value/json_diagnosis.h"

namespace pawl::service {
namespace {

// The size first: a text that is refused for it is not parsed.
absl::StatusOr<Payload> ParseInput(std::string input, const runtime::Options& options) {
  absl::Status status = runtime::CheckInputSize(input.size(), options);
  if (!status.ok()) return status;
  JsonLimits limits;
  limits.max_depth = options.limits.expression.max_depth;
  if (input.empty()) input = "{}";
  absl::StatusOr<Payload> payload = Payload::FromText(input, limits);
  if (payload.ok()) return payload;
  const absl::optional<JsonDiagnosis> diagnosis = DiagnoseJson(input);
  return aws::MakeError(
      aws::Error::kInvalidExecutionInput,
      absl::StrCat("Invalid Execution Input: ", std::string(payload.status().message())),
      absl::StrCat("Invalid State Machine Execution Input: '",
                   diagnosis.has_value() ? diagnosis->message : "Invalid execution input.", "'"));
}

struct CheckedStart {
  aws::MachineId machine;
  Payload input;
};

absl::StatusOr<CheckedStart> CheckStart(const Deps& deps, const CallContext& context,
                                        absl::string_view operation, StartInput* start) {
  absl::Status status = CheckLength("stateMachineArn", start->machine, kMaxArnCharacters);
  if (!status.ok()) return status;
  status = deps.authorizer->Check(context, operation, start->machine);
  if (!status.ok()) return status;
  // A long name is refused by the rule of names; it must not be repeated in full.
  status = CheckLength("name", start->name, kMaxArnCharacters);
  if (!status.ok()) return status;
  auto machine = aws::ParseMachine(deps.arns(context), start->machine);
  if (!machine.ok()) return machine.status();
  absl::StatusOr<Payload> input = ParseInput(std::move(start->input), deps.node->options());
  if (!input.ok()) return input.status();
  return CheckedStart{*std::move(machine), *std::move(input)};
}

absl::Status NotForThisType() {
  return aws::MakeError(aws::Error::kStateMachineTypeNotSupported,
                        "This operation is not supported by this type of state machine");
}

absl::Status StartError(absl::Status status) {
  if (absl::IsAlreadyExists(status)) {
    return aws::WithError(std::move(status), aws::Error::kExecutionAlreadyExists);
  }
  return status;
}

// Of a start whose name runs already, with an input of the same value.
void CompareText(runtime::Node* node, runtime::StartResult found, const Payload& input,
                 Done<runtime::StartResult> done) {
  node->View(found.ref, {},
             [found, input,
              done = std::move(done)](const absl::StatusOr<runtime::ExecutionView>& view) mutable {
               if (!view.ok()) return done(view.status());
               if (view->input.text() == input.text()) return done(std::move(found));
               done(aws::MakeError(aws::Error::kExecutionAlreadyExists,
                                   absl::StrCat("Execution Already Exists: '", found.arn, "'")));
             });
}

absl::StatusOr<persistence::ListFilter> FilterOf(const Deps& deps, const CallContext& context,
                                                 const ListQuery& query) {
  persistence::ListFilter filter;
  filter.ns = context.ns;
  absl::Status status = CheckLength("stateMachineArn", query.machine, kMaxArnCharacters);
  if (status.ok()) status = CheckLength("namePrefix", query.name_prefix, kMaxNameCharacters);
  if (status.ok()) status = CheckLength("mapRunArn", query.map_run_arn, kMaxArnCharacters);
  if (!status.ok()) return status;
  if (!query.machine.empty()) {
    auto machine = aws::ParseMachine(deps.arns(context), query.machine);
    if (!machine.ok()) return machine.status();
    filter.ns = machine->ns;
    filter.machine = machine->name;
    filter.version = machine->version;
    filter.alias = machine->alias;
  }
  filter.name_prefix = query.name_prefix;
  if (!query.map_run_arn.empty()) {
    auto run = aws::ParseMapRun(deps.arns(context), query.map_run_arn);
    if (!run.ok()) return run.status();
    filter.ns = run->ns;
    filter.machine = run->child_machine;
    filter.name_prefix = run->child_prefix;
  }
  filter.status = query.status;
  filter.started_from = query.started_from;
  filter.started_before = query.started_before;
  return filter;
}

// What a listing is authorized on: the machine, be it that of a Map Run.
std::string ListedMachine(const Deps& deps, const CallContext& context, const ListQuery& query) {
  if (query.map_run_arn.empty()) return query.machine;
  const auto run = aws::ParseMapRun(deps.arns(context), query.map_run_arn);
  if (!run.ok()) return query.map_run_arn;  // it will be refused
  return aws::MachineArn({deps.node->options().region, run->ns},
                         run->child_machine.substr(0, run->child_machine.find('/')));
}

std::string ListingOf(const persistence::ListFilter& filter) {
  return absl::StrCat("ListExecutions ", filter.ns, " ", filter.machine, ":", filter.version, ":",
                      filter.alias, " ", filter.name_prefix, " ",
                      filter.status.has_value() ? static_cast<int>(*filter.status) : 0, " ",
                      absl::ToUnixMicros(filter.started_from), " ",
                      absl::ToUnixMicros(filter.started_before));
}

// StateMachineDoesNotExist; StateMachineTypeNotSupported for an EXPRESS one.
absl::Status CheckKeepsExecutions(persistence::Store& store, const persistence::ListFilter& filter,
                                  const std::string& machine) {
  const auto revision = store.GetMachine(filter.ns, filter.machine);
  if (absl::IsNotFound(revision.status())) {
    return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                          absl::StrCat("State Machine Does Not Exist: '", machine, "'"));
  }
  if (!revision.ok()) return revision.status();
  return revision->type == "EXPRESS" ? NotForThisType() : absl::OkStatus();
}

// `ref`; ExecutionNotRedrivable while its machine is being deleted, which would end it again.
absl::StatusOr<persistence::ExecutionRef> NotOfDeletedMachine(persistence::Store& store,
                                                              persistence::ExecutionRef ref,
                                                              const std::string& execution) {
  const auto row = store.GetExecution(ref);
  if (!row.ok()) return row.status();
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(row->machine, absl::MaxSplits('/', 1));
  const auto is_deleting = runtime::IsDeleting(&store, {row->ns, parts.first});
  if (!is_deleting.ok()) return is_deleting.status();
  if (!*is_deleting) return ref;
  return aws::MakeError(aws::Error::kExecutionNotRedrivable,
                        absl::StrCat("Execution ", execution,
                                     " invalid for redrive as: State machine is in DELETING "
                                     "status"));
}

}  // namespace

void FindExecution(const Deps& deps, const CallContext& context, absl::string_view operation,
                   const std::string& text, Done<persistence::ExecutionRef> done) {
  absl::Status status = CheckLength("executionArn", text, kMaxArnCharacters);
  if (status.ok()) status = deps.authorizer->Check(context, operation, text);
  if (!status.ok()) return done(std::move(status));
  auto id = aws::ParseExecution(deps.arns(context), text);
  if (!id.ok()) return done(id.status());
  deps.node->Find(*id, std::move(done));
}

void Executions::Start(const CallContext& context, StartInput input,
                       Done<runtime::StartResult> done) {
  std::string name = input.name;
  absl::StatusOr<CheckedStart> checked = CheckStart(deps_, context, "StartExecution", &input);
  if (!checked.ok()) return done(checked.status());
  const Payload text = input.compares_text ? checked->input : Payload();
  deps_.node->Start(checked->machine, std::move(name), std::move(checked->input),
                    [node = deps_.node, text,
                     done = std::move(done)](absl::StatusOr<runtime::StartResult> result) mutable {
                      if (!result.ok()) return done(StartError(result.status()));
                      if (result->is_new || !text) return done(std::move(result));
                      CompareText(node, *std::move(result), text, std::move(done));
                    });
}

void Executions::StartSync(const CallContext& context, StartInput input,
                           Done<runtime::ExecutionView> done) {
  std::string name = input.name;
  absl::StatusOr<CheckedStart> checked = CheckStart(deps_, context, "StartSyncExecution", &input);
  if (!checked.ok()) return done(checked.status());
  deps_.node->WithMachine(
      checked->machine,
      [this, name = std::move(name), payload = std::move(checked->input),
       done = std::move(done)](absl::StatusOr<runtime::MachineTarget> machine) mutable {
        if (!machine.ok()) return done(machine.status());
        if (machine->machine->info.type != "EXPRESS") return done(NotForThisType());
        RunExpress(*std::move(machine), std::move(name), std::move(payload), std::move(done));
      });
}

void Executions::RunExpress(runtime::MachineTarget machine, std::string name, Payload input,
                            Done<runtime::ExecutionView> done) {
  const Once<runtime::ExecutionView> once(std::move(done));
  deps_.node->Start(
      std::move(machine), std::move(name), std::move(input),
      [once](const absl::StatusOr<runtime::StartResult>& started) {
        if (!started.ok()) once.Answer(StartError(started.status()));
      },
      [once](const core::Execution& ended) { once.Answer(runtime::MakeView(ended)); });
}

void Executions::StartAndWait(const CallContext& context, StartInput input, absl::Duration wait,
                              Done<runtime::ExecutionView> done) {
  std::string name = input.name;
  absl::StatusOr<CheckedStart> checked = CheckStart(deps_, context, "StartSyncExecution", &input);
  if (!checked.ok()) return done(checked.status());
  wait = std::clamp(wait, absl::ZeroDuration(), kMaxWait);
  deps_.node->WithMachine(
      checked->machine,
      [this, name = std::move(name), payload = std::move(checked->input), wait,
       done = std::move(done)](absl::StatusOr<runtime::MachineTarget> machine) mutable {
        if (!machine.ok()) return done(machine.status());
        if (machine->machine->info.type != "EXPRESS") {
          return WaitAfterStart(*std::move(machine), std::move(name), std::move(payload), wait,
                                std::move(done));
        }
        RunExpress(*std::move(machine), std::move(name), std::move(payload), std::move(done));
      });
}

void Executions::WaitAfterStart(runtime::MachineTarget machine, std::string name, Payload input,
                                absl::Duration wait, Done<runtime::ExecutionView> done) {
  deps_.node->Start(std::move(machine), std::move(name), std::move(input),
                    [deps = deps_, until = deps_.Now() + wait, done = std::move(done)](
                        const absl::StatusOr<runtime::StartResult>& started) mutable {
                      if (!started.ok()) return done(StartError(started.status()));
                      WaitForEnd(deps, started->ref, until, std::move(done));
                    });
}

void Executions::Describe(const CallContext& context, const std::string& execution,
                          bool open_states, Done<DescribeResult> done) {
  FindExecution(
      deps_, context, "DescribeExecution", execution,
      [this, open_states,
       done = std::move(done)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
        if (!ref.ok()) return done(ref.status());
        deps_.node->View(
            *ref, {.open_states = open_states},
            [this, done = std::move(done)](absl::StatusOr<runtime::ExecutionView> view) mutable {
              if (!view.ok()) return done(view.status());
              DescribeResult result{*std::move(view), {}};
              for (const runtime::OpenState& state : result.view.open_states) {
                if (!shows_task_tokens_) break;
                const runtime::AttemptKey key{result.view.row.ref, state.scheduled};
                result.task_tokens.push_back(
                    state.scheduled == core::kNoEvent
                        ? ""
                        : deps_.node->tokens().Mint(result.view.row.ns, key));
              }
              done(std::move(result));
            });
      });
}

void Executions::List(const CallContext& context, ListQuery query, Done<ListPage> done) {
  absl::Status status =
      deps_.authorizer->Check(context, "ListExecutions", ListedMachine(deps_, context, query));
  if (!status.ok()) return done(std::move(status));
  const auto size = PageSize(query.page_size);
  if (!size.ok()) return done(size.status());
  auto filter = FilterOf(deps_, context, query);
  if (!filter.ok()) return done(filter.status());
  std::string listing = ListingOf(*filter);
  auto cursor = ParseListToken(listing, query.page_token);
  if (!cursor.ok()) return done(cursor.status());
  const bool is_of_map_run = !query.map_run_arn.empty();
  const bool needs_machine = query.needs_machine && !is_of_map_run;
  deps_.RunBlocking<ListPage>(
      context, runtime::ReadLane::kList,
      [node = deps_.node, filter = *std::move(filter), listing = std::move(listing),
       cursor = *std::move(cursor), size = *size, needs_machine, machine = std::move(query.machine),
       is_of_map_run](persistence::Store& store) -> absl::StatusOr<ListPage> {
        if (needs_machine) {
          absl::Status kept = CheckKeepsExecutions(store, filter, machine);
          if (!kept.ok()) return kept;
        }
        auto rows = store.ListExecutions(filter, cursor, size + 1);
        if (!rows.ok()) return rows.status();
        ListPage page{*std::move(rows), {}, ""};
        if (static_cast<int>(page.rows.size()) > size) {
          page.rows.pop_back();
          const persistence::ExecutionRow& last = page.rows.back();
          page.next_page_token =
              ToToken(listing, persistence::ListCursor{last.start_time, last.ref});
        }
        if (is_of_map_run) {
          auto items = ItemsOfChildren(store, node->machines(), page.rows);
          if (!items.ok()) return items.status();
          page.items = *std::move(items);
        }
        return page;
      },
      std::move(done));
}

void Executions::Redrive(const CallContext& context, const std::string& execution,
                         std::string client_token, Done<absl::Time> done) {
  absl::Status status = CheckLength("clientToken", client_token, kMaxClientTokenCharacters);
  if (!status.ok()) return done(std::move(status));
  FindExecution(deps_, context, "RedriveExecution", execution,
                [this, context, execution, client_token = std::move(client_token),
                 done = std::move(done)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
                  if (!ref.ok()) return done(ref.status());
                  deps_.RunBlocking<persistence::ExecutionRef>(
                      context, runtime::ReadLane::kCall,
                      [ref = *ref, execution](persistence::Store& store) {
                        return NotOfDeletedMachine(store, ref, execution);
                      },
                      [this, client_token = std::move(client_token), done = std::move(done)](
                          absl::StatusOr<persistence::ExecutionRef> checked) mutable {
                        if (!checked.ok()) return done(checked.status());
                        deps_.node->Redrive(*checked, std::move(client_token), std::move(done));
                      });
                });
}

void Executions::Stop(const CallContext& context, const std::string& execution,
                      absl::optional<std::string> error, absl::optional<std::string> cause,
                      Done<absl::Time> done) {
  absl::Status status = CheckFailure(error, cause);
  if (!status.ok()) return done(std::move(status));
  FindExecution(
      deps_, context, "StopExecution", execution,
      [this, error = std::move(error), cause = std::move(cause),
       done = std::move(done)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
        if (!ref.ok()) return done(ref.status());
        deps_.node->Stop(
            *ref, std::move(error), std::move(cause),
            [this, ref = *ref,
             done = std::move(done)](const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
              if (!outcome.ok()) return done(outcome.status());
              deps_.node->View(ref, {},
                               [done = std::move(done)](
                                   const absl::StatusOr<runtime::ExecutionView>& view) mutable {
                                 if (!view.ok()) return done(view.status());
                                 done(view->row.stop_time);
                               });
            });
      });
}

}  // namespace pawl::service
